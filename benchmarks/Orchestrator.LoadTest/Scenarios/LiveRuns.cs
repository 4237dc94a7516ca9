using System.Diagnostics;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using Orchestrator.Core.Hosting;
using Orchestrator.LoadTest.Measuring;
using Orchestrator.LoadTest.Report;
using Orchestrator.LoadTest.Stores;

namespace Orchestrator.LoadTest.Scenarios;

/// <summary>Very many runs in the memory of one process: what one takes, what a sweep over all of them takes, and whether both grow with their number alone.</summary>
internal sealed class LiveRuns : Scenario
{
    private const double KilobyteAndAFifth = 1.2 * 1_024;
    private const double SweepBound = 150;

    /// <summary>A tenth more a run is still linear, and so is a quarter more time: more runs find less of themselves in the caches.</summary>
    private const double LinearMemory = 1.1;
    private const double LinearTime = 1.25;

    private static readonly TimeSpan Period = TimeSpan.FromSeconds(5);

    public override string Name => "live-runs";

    public override async IAsyncEnumerable<Row> MeasureAsync(Effort effort, [EnumeratorCancellation] CancellationToken stop)
    {
        var (many, few) = (effort.LiveRuns, effort.LiveRuns / 10);
        var whole = await HoldAsync(many, effort.Rounds, stop);
        var tenth = await HoldAsync(few, effort.Rounds, stop);
        yield return Row.Of(Name, $"memory of a live run of {many:N0}, queued", Unit.Bytes, [whole.QueuedBytes], Goal.ValueAtMost("P7", KilobyteAndAFifth));
        yield return Row.Of(Name, $"memory of a live run of {many:N0}, after its first heartbeats", Unit.Bytes, [whole.RunningBytes], Goal.ValueAtMost("P7", KilobyteAndAFifth));
        yield return Row.Compare(
            Name, $"memory of a live run of {many:N0}", Unit.Bytes, [whole.RunningBytes], $"of {few:N0}", [tenth.RunningBytes], Goal.RatioAtMost("P7", LinearMemory));
        yield return Row.Of(Name, $"health sweep over {many:N0} runs", Unit.Milliseconds, whole.Sweeps, Goal.ValueAtMost("P7", SweepBound));
        yield return Row.Compare(
            Name, $"health sweep over {many:N0} runs, for each {few:N0}", Unit.Milliseconds, [.. whole.Sweeps.Select(sweep => sweep * few / many)],
            $"over {few:N0}", tenth.Sweeps, Goal.RatioAtMost("P7", LinearTime));
    }

    /// <summary>Holds runs, each of which reports every 5 s, as far as the orchestrator can tell: its clock is moved by hand.</summary>
    private static async Task<Held> HoldAsync(int count, int rounds, CancellationToken stop)
    {
        var clock = new FakeTimeProvider(DateTimeOffset.UtcNow);
        var services = new ServiceCollection().AddSingleton<TimeProvider>(clock);
        services.AddOrchestrator();
        await using var provider = services.BuildServiceProvider();
        var engine = provider.GetRequiredService<Engine>();
        var runs = new RunId[count];
        var before = GC.GetTotalMemory(forceFullCollection: true);
        for (var i = 0; i < count; i++)
        {
            runs[i] = (await engine.Runs.CreateAsync(Fleet.NewRun(id: null), cancellationToken: stop)).Value.Value.Id;
        }

        var queued = GC.GetTotalMemory(forceFullCollection: true) - before;
        var sweeps = new List<double>();

        // The grace after a start, and then the silence after which a run is looked at again.
        var settling = (int)(2 * TimeSpan.FromSeconds(45) / Period);
        for (var step = 0; step < settling + rounds; step++)
        {
            stop.ThrowIfCancellationRequested();
            clock.Advance(Period);
            foreach (var run in runs)
            {
                _ = (await engine.Heartbeats.ReportAsync(run, Fleet.Beat(run, step), cancellationToken: stop)).Value;
            }

            var begin = Stopwatch.GetTimestamp();
            await engine.Sweeper.SweepAsync(stop);
            sweeps.Add(Stopwatch.GetElapsedTime(begin).TotalMilliseconds);
        }

        var running = GC.GetTotalMemory(forceFullCollection: true) - before;
        GC.KeepAlive(runs);
        return new Held(queued / (double)count, running / (double)count, [.. sweeps[^rounds..]]);
    }

    private sealed record Held(double QueuedBytes, double RunningBytes, double[] Sweeps);
}
