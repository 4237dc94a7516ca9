using System.Collections.Concurrent;
using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Orchestrator.Core.Hosting;

namespace Orchestrator.Benchmarks.Stores;

/// <summary>The orchestrator on a store beside the bare store, in interleaved rounds of one run: heartbeats, commands from host to host, and sweeps.</summary>
internal abstract class StoreLoad : IAsyncDisposable
{
    private const int Callers = 256;
    private const int Runs = 10_000;
    private const int Rounds = 5;
    private const int Parked = 1_000;
    private const int SweptRuns = 100_000;

    private static readonly TimeSpan RoundLength = TimeSpan.FromSeconds(4);

    private readonly long[] _steps = new long[Runs];
    private ServiceProvider _one = null!;
    private ServiceProvider _other = null!;
    private RunId[] _runs = [];

    /// <summary>What is compared with the orchestrator, the one that its share is told of last.</summary>
    protected abstract IReadOnlyList<Contestant> Bare { get; }

    /// <param name="parts">Which of heartbeats, commands, cycles and sweeps; all when there are none.</param>
    public async Task MeasureAsync(string[] parts)
    {
        (_one, _other) = (NewHost(), NewHost());
        _runs = await StartAsync("run", Runs);
        foreach (var (name, measure) in new (string, Func<Task>)[]
        {
            ("heartbeats", CompareHeartbeatsAsync), ("commands", SendCommandsAsync), ("cycles", CycleCommandsAsync), ("sweeps", SweepAsync),
        })
        {
            if (parts.Length == 0 || parts.Contains(name))
            {
                await measure();
            }
        }
    }

    public virtual async ValueTask DisposeAsync()
    {
        await _one.DisposeAsync();
        await _other.DisposeAsync();
    }

    /// <summary>Chooses the store.</summary>
    protected abstract void Use(OrchestratorBuilder builder);

    /// <summary>Tells more of the heartbeats that were measured.</summary>
    protected virtual Task TellOfHeartbeatsAsync() => Task.CompletedTask;

    /// <summary>Lets the store settle after many runs were created.</summary>
    protected virtual Task SettleAsync(int runs) => Task.CompletedTask;

    private async Task CompareHeartbeatsAsync()
    {
        var heartbeats = _one.GetRequiredService<IOrchestrator>().Heartbeats;
        Contestant[] contestants =
        [
            .. Bare,
            new("through IOrchestrator", async (run, step) => _ = (await heartbeats.ReportAsync(RunId.Parse(run), Host.Beat(RunId.Parse(run), step))).Value),
        ];
        foreach (var contestant in contestants)
        {
            await Load.RunAsync(Callers, TimeSpan.FromSeconds(3), ReportAsync(contestant));
        }

        var results = contestants.Select(_ => new List<LoadResult>()).ToArray();
        for (var round = 0; round < Rounds; round++)
        {
            for (var i = 0; i < contestants.Length; i++)
            {
                results[i].Add(await Load.RunAsync(Callers, RoundLength, ReportAsync(contestants[i])));
            }
        }

        Console.WriteLine($"heartbeats, {Callers} callers on {Runs} runs, medians of {Rounds} interleaved rounds of {RoundLength.TotalSeconds} s");
        for (var i = 0; i < contestants.Length; i++)
        {
            var ratios = results[^1].Zip(results[i], (ours, theirs) => ours.PerSecond / theirs.PerSecond).ToList();
            var share = i == contestants.Length - 1 ? "" : $"; the orchestrator {LoadResult.Median(ratios):P0} of it, {ratios.Min():P0} to {ratios.Max():P0}";
            Console.WriteLine(FormattableString.Invariant(
                $"  {contestants[i].Name,-28} {LoadResult.Median(results[i])}   ({results[i].Min(round => round.PerSecond):N0} to {results[i].Max(round => round.PerSecond):N0}/s{share})"));
        }

        await TellOfHeartbeatsAsync();

        // A step is never taken back, whoever reported the one before.
        Func<int, int, Task> ReportAsync(Contestant contestant) => (caller, n) => contestant.ReportAsync(_runs[RunOf(caller, n)].Value, ++_steps[RunOf(caller, n)]);
    }

    /// <summary>Different runs for each caller, so that no two callers meet.</summary>
    private static int RunOf(int caller, int n) => caller + (n % (Runs / Callers) * Callers);

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
        await SettleAsync(SweptRuns);
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
        Use(services.AddOrchestrator(options =>
        {
            options.Heartbeats.MinInterval = TimeSpan.Zero;
            options.Health.StaleAfter = TimeSpan.FromHours(1);
            options.Health.UnresponsiveAfter = TimeSpan.FromHours(2);
        }));
        return services.BuildServiceProvider();
    }
}

/// <summary>A way to store heartbeats.</summary>
/// <param name="Name">What it is.</param>
/// <param name="ReportAsync">Stores one, of a run at a step.</param>
internal sealed record Contestant(string Name, Func<string, long, Task> ReportAsync);
