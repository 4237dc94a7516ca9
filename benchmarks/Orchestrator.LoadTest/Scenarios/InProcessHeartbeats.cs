using System.Runtime.CompilerServices;
using Microsoft.Extensions.DependencyInjection;
using Orchestrator.LoadTest.Measuring;
using Orchestrator.LoadTest.Peers;
using Orchestrator.LoadTest.Report;
using Orchestrator.LoadTest.Stores;

namespace Orchestrator.LoadTest.Scenarios;

/// <summary>Heartbeats in process and in memory, beside calls of Orleans grains in the same process.</summary>
internal sealed class InProcessHeartbeats : Scenario
{
    private static readonly int[] Callers = [1, 256];

    public override string Name => "in-process";

    public override async IAsyncEnumerable<Row> MeasureAsync(Effort effort, [EnumeratorCancellation] CancellationToken stop)
    {
        await using var things = new Disposables();
        var silo = things.Add(await OrleansSilo.StartAsync(effort.Runs));
        var orchestrator = things.Add(Store.Memory.NewOrchestrator("")).GetRequiredService<IOrchestrator>();
        await Fleet.StartRunsAsync(orchestrator, effort.Runs);
        var ids = Enumerable.Range(0, effort.Runs).Select(run => RunId.Parse(Runs.IdOf(run))).ToArray();
        var (ourRuns, grainRuns) = (new Runs(effort.Runs), new Runs(effort.Runs));
        var contestants = new List<Contestant>();
        foreach (var callers in Callers)
        {
            contestants.Add(Contestant.OfCalls(Comparison.Orleans.Name, callers, (caller, n) =>
            {
                var run = grainRuns.Of(caller, callers, n);
                return silo.ReportAsync(run, grainRuns.NextStep(run));
            }));
            contestants.Add(Contestant.OfCalls($"heartbeats through IOrchestrator, memory, callers: {callers}", callers, (caller, n) =>
                ReportAsync(ourRuns.Of(caller, callers, n))));
        }

        var pairs = (await Interleaved.MeasureAsync(effort, contestants, stop)).Chunk(2).ToList();
        yield return Row.Of(
            Name, "a heartbeat through IOrchestrator, memory", Unit.Microseconds, [.. pairs[0][1].PerSecond.Select(perSecond => 1e6 / perSecond)], Goal.ValueAtMost("P1", 1.5));
        yield return Row.Of(Name, "what it allocates", Unit.Bytes, [AllocatedEach()], Goal.ValueAtMost("P1", 400));
        foreach (var pair in pairs)
        {
            yield return Row.Compare(Name, pair[1].Name, Unit.PerSecond, pair[1].PerSecond, pair[0].Name, pair[0].PerSecond);
        }

        async Task ReportAsync(int run) =>
            _ = (await orchestrator.Heartbeats.ReportAsync(ids[run], Fleet.Beat(ids[run], ourRuns.NextStep(run)), cancellationToken: CancellationToken.None)).Value;

        double AllocatedEach()
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            for (var run = 0; run < ids.Length; run++)
            {
                // In memory it is done when it returns, on this thread.
                ReportAsync(run).GetAwaiter().GetResult();
            }

            return (GC.GetAllocatedBytesForCurrentThread() - before) / (double)ids.Length;
        }
    }
}
