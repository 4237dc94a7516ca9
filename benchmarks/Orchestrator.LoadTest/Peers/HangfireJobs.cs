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

    /// <summary>Enqueues jobs as fast as its callers can, and waits until the last of them has succeeded.</summary>
    public async Task<LoadResult> RunAsync(int jobs)
    {
        var done = _succeeded.Expect(jobs);
        var begin = Stopwatch.GetTimestamp();

        // Hangfire enqueues synchronously: on threads of their own, so that none of the pool's is held.
        await Task.WhenAll(Enumerable.Range(0, Callers).Select(caller => Task.Factory.StartNew(
            () => Enqueue(caller, jobs), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default)));
        await done;
        return new LoadResult(jobs / Stopwatch.GetElapsedTime(begin).TotalSeconds, double.NaN, double.NaN);
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
        private TaskCompletionSource _done = new();
        private int _left;

        public Task Expect(int jobs)
        {
            _done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            Volatile.Write(ref _left, jobs);
            return _done.Task;
        }

        public void OnStateApplied(ApplyStateContext context, IWriteOnlyTransaction transaction)
        {
            if (context.NewState is SucceededState && Interlocked.Decrement(ref _left) == 0)
            {
                _done.SetResult();
            }
        }

        public void OnStateUnapplied(ApplyStateContext context, IWriteOnlyTransaction transaction)
        {
        }
    }
}
