using System.Runtime.CompilerServices;
using Orchestrator.LoadTest.Hosts;
using Orchestrator.LoadTest.Measuring;
using Orchestrator.LoadTest.Report;

namespace Orchestrator.LoadTest.Scenarios;

/// <summary>Very many runs in the memory of one process: what one takes, what a sweep over all of them takes, and whether both grow with their number alone.</summary>
internal sealed class LiveRuns : Scenario
{
    private const double KilobyteAndAFifth = 1.2 * 1_024;
    private const double SweepBound = 150;
    private const int Sweeps = 9;

    /// <summary>A tenth more a run is still linear, and so is a quarter more time: more runs find less of themselves in the caches.</summary>
    private const double LinearMemory = 1.1;
    private const double LinearTime = 1.25;

    public override string Name => "live-runs";

    public override async IAsyncEnumerable<Row> MeasureAsync(Effort effort, [EnumeratorCancellation] CancellationToken stop)
    {
        var (many, few) = (effort.LiveRuns, effort.LiveRuns / 10);
        var whole = await HoldVerb.RunAsync(many, Sweeps, stop);
        var tenth = await HoldVerb.RunAsync(few, Sweeps, stop);
        yield return Row.Of(Name, $"memory of a live run of {many:N0}, queued", Unit.Bytes, [whole.QueuedBytes], Goal.ValueAtMost("P7", KilobyteAndAFifth));
        yield return Row.Of(Name, $"memory of a live run of {many:N0}, after its first heartbeats", Unit.Bytes, [whole.RunningBytes], Goal.ValueAtMost("P7", KilobyteAndAFifth));
        yield return Row.Compare(
            Name, $"memory of a live run of {many:N0}", Unit.Bytes, [whole.RunningBytes], $"of {few:N0}", [tenth.RunningBytes], Goal.RatioAtMost("P7", LinearMemory));
        yield return Row.Of(Name, $"health sweep over {many:N0} runs", Unit.Milliseconds, whole.SweepMilliseconds, Goal.ValueAtMost("P7", SweepBound));
        yield return Row.Compare(
            Name, $"health sweep over {many:N0} runs, for each {few:N0}", Unit.Milliseconds, [.. whole.SweepMilliseconds.Select(sweep => sweep / 10)],
            $"over {few:N0}", tenth.SweepMilliseconds, Goal.RatioAtMost("P7", LinearTime));
    }
}
