using System.Diagnostics;
using Hangfire;
using Hangfire.Common;
using Hangfire.InMemory;
using Hangfire.PostgreSql;
using Hangfire.PostgreSql.Factories;
using Hangfire.States;
using Hangfire.Storage;
using Orchestrator.LoadTest.Stores;

namespace Orchestrator.LoadTest.Peers;

/// <summary>Hangfire with a server in this process: a job is enqueued, picked up by a worker, and has succeeded.</summary>
internal sealed class HangfireJobs : IDisposable
{
    private const int Callers = 8;
    private const string Payload = """{"learning_rate":0.1}""";

    // On PostgreSQL a job was seen now and then that a worker fetched and never began; it would come back after half an hour.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly JobStorage _storage;
    private readonly BackgroundJobClient _client;
    private readonly BackgroundJobServer _server;
    private readonly Succeeded _succeeded = new();

    private HangfireJobs(JobStorage storage)
    {
        _storage = storage;
        var filters = new JobFilterCollection { new CaptureCultureAttribute(), new AutomaticRetryAttribute(), new StatisticsHistoryAttribute(), new ContinuationsSupportAttribute(), _succeeded };
        _client = new BackgroundJobClient(storage);
        _server = new BackgroundJobServer(new BackgroundJobServerOptions { FilterProvider = new JobFilterProviderCollection(filters, new JobFilterAttributeFilterProvider()) }, storage);
    }

    public static HangfireJobs InMemory() => new(new InMemoryStorage());

    /// <summary>Told of new jobs by the database; looking for them as often as it does by itself would be to wait for most of the time.</summary>
    public static HangfireJobs OnPostgres(Scope scope)
    {
        var options = new PostgreSqlStorageOptions { SchemaName = scope.Name, EnableLongPolling = true, UseSlidingInvisibilityTimeout = true };
        return new HangfireJobs(new PostgreSqlStorage(new NpgsqlConnectionFactory(scope.Store.Server, options), options));
    }

    /// <summary>Enqueues jobs as fast as its callers can, and waits until the last of them has succeeded, or none has for a while: those that did count.</summary>
    public async Task<LoadResult> RunAsync(int jobs)
    {
        _succeeded.Expect(jobs);
        var begin = Stopwatch.GetTimestamp();

        // Hangfire enqueues synchronously: on threads of their own, so that none of the pool's is held.
        await Task.WhenAll(Enumerable.Range(0, Callers).Select(caller => Task.Factory.StartNew(
            () => Enqueue(caller, jobs), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default)));
        await _succeeded.WaitAsync(Patience);
        return new LoadResult((jobs - _succeeded.Left) / Stopwatch.GetElapsedTime(begin, _succeeded.LastAt).TotalSeconds, double.NaN, double.NaN);
    }

    /// <summary>What a worker does with a command: nothing.</summary>
    public static void Apply(string run, string payload)
    {
    }

    public void Dispose()
    {
        _server.Dispose();
        (_storage as IDisposable)?.Dispose();
    }

    private void Enqueue(int caller, int jobs)
    {
        for (var job = caller; job < jobs; job += Callers)
        {
            var run = Runs.IdOf(job);
            _client.Enqueue(() => Apply(run, Payload));
        }
    }

    /// <summary>Counts jobs whose success is being written.</summary>
    private sealed class Succeeded : IApplyStateFilter
    {
        private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

        private TaskCompletionSource _done = new();
        private int _left;
        private long _lastAt;

        public int Left => Volatile.Read(ref _left);

        /// <summary>When the last one succeeded.</summary>
        public long LastAt => Volatile.Read(ref _lastAt);

        public void Expect(int jobs)
        {
            _done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            Volatile.Write(ref _left, jobs);
            Volatile.Write(ref _lastAt, Stopwatch.GetTimestamp());
        }

        /// <summary>Waits for all that are expected, as long as one succeeds now and then.</summary>
        public async Task WaitAsync(TimeSpan patience)
        {
            while (!_done.Task.IsCompleted && Stopwatch.GetElapsedTime(LastAt) < patience)
            {
                await Task.WhenAny(_done.Task, Task.Delay(Interval));
            }
        }

        public void OnStateApplied(ApplyStateContext context, IWriteOnlyTransaction transaction)
        {
            if (context.NewState is not SucceededState)
            {
                return;
            }

            Volatile.Write(ref _lastAt, Stopwatch.GetTimestamp());
            if (Interlocked.Decrement(ref _left) == 0)
            {
                _done.SetResult();
            }
        }

        public void OnStateUnapplied(ApplyStateContext context, IWriteOnlyTransaction transaction)
        {
        }
    }
}
