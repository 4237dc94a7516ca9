using Orchestrator.LoadTest.Measuring;
using Orchestrator.LoadTest.Report;

namespace Orchestrator.LoadTest.Scenarios;

/// <summary>A part of the load test that can be run alone.</summary>
internal abstract class Scenario
{
    /// <summary>What <c>--only</c> calls it.</summary>
    public abstract string Name { get; }

    /// <summary>Whether its process is a load generator: does no work of its own that is measured.</summary>
    public virtual bool IsLoadGenerator => false;

    /// <summary>Measures, and tells of it in rows: of what could not be measured too.</summary>
    public abstract IAsyncEnumerable<Row> MeasureAsync(Effort effort, CancellationToken stop);

    public static IReadOnlyList<Scenario> All { get; } = [new HttpHeartbeats(), new StoreHeartbeats(), new InProcessHeartbeats(), new CommandCycles(), new WakingPolls(), new ParkedMemory(), new WaitingClaims(), new LiveRuns(), new StartUp()];
}
