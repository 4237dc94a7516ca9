using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Orchestrator.Core.Hosting;

namespace Orchestrator.Benchmarks.Postgres;

/// <summary>
/// The orchestrator on PostgreSQL beside bare statements, in interleaved rounds of one run: heartbeats, commands from host to host, and sweeps.
/// </summary>
internal sealed class PostgresLoad : IAsyncDisposable
{
    private const int Callers = 256;
    private const int Runs = 10_000;
    private const int Rounds = 5;
    private const int Parked = 1_000;
    private const int SweptRuns = 100_000;

    private static readonly TimeSpan RoundLength = TimeSpan.FromSeconds(4);

    private readonly string _connectionString;
    private readonly string _schema = "bench_" + Guid.CreateVersion7().ToString("N");
    private readonly ServiceProvider _one;
    private readonly ServiceProvider _other;
    private readonly long[] _steps = new long[Runs];
    private RunId[] _runs = [];

    private PostgresLoad(string connectionString)
    {
        _connectionString = connectionString;
        _one = NewHost();
        _other = NewHost();
    }

    /// <param name="parts">Which of heartbeats, commands, cycles and sweeps; all when there are none.</param>
    public static async Task MeasureAsync(string[] parts)
    {
        var connectionString = Environment.GetEnvironmentVariable("ORCHESTRATOR_TEST_POSTGRES")
            ?? throw new InvalidOperationException("ORCHESTRATOR_TEST_POSTGRES does not name a server: run this through eng/storage.sh");
        await using var load = new PostgresLoad(connectionString);
        load._runs = await load.StartAsync("run", Runs);
        foreach (var (name, measure) in new (string, Func<Task>)[]
        {
            ("heartbeats", load.CompareHeartbeatsAsync), ("commands", load.SendCommandsAsync), ("cycles", load.CycleCommandsAsync), ("sweeps", load.SweepAsync),
        })
        {
            if (parts.Length == 0 || parts.Contains(name))
            {
                await measure();
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _one.DisposeAsync();
        await _other.DisposeAsync();
        await ReadAsync($"DROP SCHEMA IF EXISTS {_schema} CASCADE");
    }

    private async Task CompareHeartbeatsAsync()
    {
        await using var bare = new BareHeartbeats(_connectionString, _schema);
        var heartbeats = _one.GetRequiredService<IOrchestrator>().Heartbeats;
        var contestants = new (string Name, Func<int, Task> Report)[]
        {
            ("one statement a heartbeat", run => bare.ReportAloneAsync(_runs[run].Value, ++_steps[run])),
            ("bare group commit", run => bare.ReportInGroupAsync(_runs[run].Value, ++_steps[run])),
            ("through IOrchestrator", async run => _ = (await heartbeats.ReportAsync(_runs[run], Host.Beat(_runs[run], ++_steps[run]))).Value),
        };
        foreach (var (_, report) in contestants)
        {
            await Load.RunAsync(Callers, TimeSpan.FromSeconds(3), (caller, n) => report(RunOf(caller, n)));
        }

        var before = await CountUpdatesAsync();
        var results = contestants.Select(_ => new List<LoadResult>()).ToArray();
        for (var round = 0; round < Rounds; round++)
        {
            for (var i = 0; i < contestants.Length; i++)
            {
                var report = contestants[i].Report;
                results[i].Add(await Load.RunAsync(Callers, RoundLength, (caller, n) => report(RunOf(caller, n))));
            }
        }

        Console.WriteLine($"heartbeats, {Callers} callers on {Runs} runs, medians of {Rounds} interleaved rounds of {RoundLength.TotalSeconds} s");
        var medians = results.Select(LoadResult.Median).ToArray();
        for (var i = 0; i < contestants.Length; i++)
        {
            Console.WriteLine(FormattableString.Invariant($"  {contestants[i].Name,-28} {medians[i]}   ({results[i].Min(round => round.PerSecond):N0} to {results[i].Max(round => round.PerSecond):N0}/s)"));
        }

        var ratios = Enumerable.Range(0, Rounds).Select(round => results[2][round].PerSecond / results[1][round].PerSecond).ToList();
        Console.WriteLine(FormattableString.Invariant($"  of bare group commit {LoadResult.Median(ratios):P0} ({ratios.Min():P0} to {ratios.Max():P0}), {medians[2].PerSecond / medians[0].PerSecond:F1} times one statement a heartbeat"));
        var after = await CountUpdatesAsync();
        Console.WriteLine(FormattableString.Invariant($"  HOT updates of run_progress: {(after.Hot - before.Hot) / (double)(after.All - before.All):P2} of {after.All - before.All:N0}"));
    }

    /// <summary>Different runs for each caller, so that no two callers meet.</summary>
    private static int RunOf(int caller, int n) => caller + (n % (Runs / Callers) * Callers);

    private async Task<(long All, long Hot)> CountUpdatesAsync()
    {
        // The sessions report what they did with a delay of up to a second.
        await Task.Delay(TimeSpan.FromSeconds(2));
        var counts = (await ReadAsync($"SELECT n_tup_upd || ' ' || n_tup_hot_upd FROM pg_stat_user_tables WHERE schemaname = '{_schema}' AND relname = 'run_progress'"))
            .Split(' ').Select(count => long.Parse(count, CultureInfo.InvariantCulture)).ToArray();
        return (counts[0], counts[1]);
    }

    private async Task SendCommandsAsync()
    {
        var (one, other) = (_one.GetRequiredService<IOrchestrator>(), _other.GetRequiredService<IOrchestrator>());
        var parked = _runs.Take(Parked).ToList();
        using var stop = new CancellationTokenSource();
        var waits = new ConcurrentDictionary<RunId, TaskCompletionSource>();
        var polls = parked.Select(run => Task.Run(async () =>
        {
            while (!stop.IsCancellationRequested)
            {
                var next = (await other.Commands.NextAsync(run, TimeSpan.FromSeconds(60), cancellationToken: stop.Token)).Value;
                if (next is not null)
                {
                    waits[run].SetResult();
                    _ = (await other.Commands.AcknowledgeAsync(run, next.Id, new Acknowledgement())).Value;
                }
            }
        })).ToList();
        await Task.Delay(TimeSpan.FromSeconds(5));

        await SendToEachAsync();
        Console.WriteLine($"command accepted on one host, answered to a long poll of another, {Parked} parked: {LoadResult.Of(await SendToEachAsync(), TimeSpan.FromSeconds(1))}");
        await stop.CancelAsync();
        await Task.WhenAll(polls).ContinueWith(_ => { }, TaskScheduler.Default);

        async Task<double[]> SendToEachAsync()
        {
            var tune = NewCommand.Tune(new Actor(ActorType.Operator, "bench"), new Dictionary<string, double> { ["learning_rate"] = 0.1 });
            var latencies = new List<double>();
            foreach (var run in parked)
            {
                var answered = waits[run] = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                _ = (await one.Commands.EnqueueAsync(run, tune)).Value;
                var accepted = Stopwatch.GetTimestamp();
                await answered.Task;
                latencies.Add(Stopwatch.GetElapsedTime(accepted).TotalMilliseconds);
            }

            return [.. latencies];
        }
    }

    private async Task CycleCommandsAsync()
    {
        const int callers = 64;
        var commands = _one.GetRequiredService<IOrchestrator>().Commands;
        var tune = NewCommand.Tune(new Actor(ActorType.Operator, "bench"), new Dictionary<string, double> { ["learning_rate"] = 0.1 });
        await Load.RunAsync(callers, TimeSpan.FromSeconds(2), CycleAsync);
        Console.WriteLine($"command cycles over {callers} runs: {await Load.RunAsync(callers, 2 * RoundLength, CycleAsync)}");

        async Task CycleAsync(int caller, int n)
        {
            var run = _runs[Parked + caller];
            var command = (await commands.EnqueueAsync(run, tune)).Value.Value;
            _ = (await commands.NextAsync(run)).Value;
            _ = (await commands.AcknowledgeAsync(run, command.Id, new Acknowledgement())).Value;
        }
    }

    private async Task SweepAsync()
    {
        _ = await StartAsync("swept", SweptRuns - Runs);
        await ReadAsync($"VACUUM ANALYZE {_schema}.run_progress");
        var sweeper = _one.GetRequiredService<Engine>().Sweeper;
        var times = new List<double>();
        for (var i = 0; i < 20; i++)
        {
            var begin = Stopwatch.GetTimestamp();
            await sweeper.SweepAsync(CancellationToken.None);
            times.Add(Stopwatch.GetElapsedTime(begin).TotalMilliseconds);
        }

        Console.WriteLine(FormattableString.Invariant($"sweep over {SweptRuns} active runs: median {LoadResult.Median(times):F0} ms ({times.Min():F0} to {times.Max():F0})"));
    }

    private async Task<RunId[]> StartAsync(string prefix, int count)
    {
        var orchestrator = _one.GetRequiredService<IOrchestrator>();
        var ids = Enumerable.Range(0, count).Select(i => RunId.Parse($"{prefix}-{i:D6}")).ToArray();
        await Parallel.ForEachAsync(ids, new ParallelOptions { MaxDegreeOfParallelism = 512 }, async (id, stop) =>
        {
            var run = new NewRun { Id = id, ExperimentId = ExperimentId.Parse("experiment"), VersionId = VersionId.Parse("version") };
            var created = (await orchestrator.Runs.CreateAsync(run, cancellationToken: stop)).Value.Value.Id;
            var started = (await orchestrator.Heartbeats.ReportAsync(created, Host.Beat(id, 0), cancellationToken: stop)).Value;
            Debug.Assert(started.Run.State == RunState.Running, "a heartbeat starts a run");
        });
        return ids;
    }

    private ServiceProvider NewHost()
    {
        var services = new ServiceCollection();
        services.AddOrchestrator(options =>
        {
            options.Heartbeats.MinInterval = TimeSpan.Zero;
            options.Health.StaleAfter = TimeSpan.FromHours(1);
            options.Health.UnresponsiveAfter = TimeSpan.FromHours(2);
        }).UsePostgres(_connectionString, options => options.Schema = _schema);
        return services.BuildServiceProvider();
    }

    private async Task<string> ReadAsync(string sql)
    {
        await using var source = NpgsqlDataSource.Create(_connectionString + ";Pooling=false");
        await using var command = source.CreateCommand(sql);
        return (await command.ExecuteScalarAsync())?.ToString() ?? "";
    }
}
