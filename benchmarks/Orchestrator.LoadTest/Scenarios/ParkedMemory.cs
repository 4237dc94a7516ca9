using System.Runtime.CompilerServices;
using Orchestrator.LoadTest.Hosts;
using Orchestrator.LoadTest.Http;
using Orchestrator.LoadTest.Measuring;
using Orchestrator.LoadTest.Report;
using Orchestrator.LoadTest.Stores;

namespace Orchestrator.LoadTest.Scenarios;

/// <summary>What many parked polls take of a host: memory and threads, beside as many requests that wait at a bare endpoint.</summary>
internal sealed class ParkedMemory : Scenario
{
    /// <summary>The pool of a host may grow a little with whatever it does; a thread a poll is far more.</summary>
    private const int FewThreads = 10;

    private static readonly string Bare = Comparison.BareEndpoints.Name;

    public override string Name => "polls";

    public override async IAsyncEnumerable<Row> MeasureAsync(Effort effort, [EnumeratorCancellation] CancellationToken stop)
    {
        var ours = new List<HostFacts>();
        var bare = new List<HostFacts>();
        for (var round = 0; round < effort.Rounds; round++)
        {
            bare.Add(await ParkAsync(PollApi.Bare, effort, stop, "bare"));
            await using var scope = new Scope(Store.Memory);
            ours.Add(await ParkAsync(PollApi.Commands, effort, stop, OrchestratorHost.Arguments(scope, effort.ManyPolls)));
        }

        var polls = effort.ManyPolls;
        var (our, their) = (BytesEach(ours), BytesEach(bare));
        yield return Row.Compare(Name, $"memory of a parked poll, {polls:N0} of them, with Kestrel's own", Unit.Bytes, our, Bare, their);
        yield return Row.Of(
            Name, "memory of a parked poll above Kestrel's own", Unit.Bytes, [.. our.Zip(their, (mine, other) => mine - other)], Goal.ValueAtMost("P8", 4_096));
        yield return Row.Of(Name, $"threads that {polls:N0} parked polls add", Unit.Count, Threads(ours), Goal.ValueAtMost("P8", FewThreads)) with
        {
            Beside = Bare,
            BesideMeasured = Spread.Of(Threads(bare)),
        };

        double[] BytesEach(List<HostFacts> rounds) => [.. rounds.Select(facts => facts.HeapBytes / (double)polls)];
        static double[] Threads(List<HostFacts> rounds) => [.. rounds.Select(facts => (double)facts.Threads)];
    }

    /// <summary>What a fresh host takes more with its polls than it did without.</summary>
    private static async Task<HostFacts> ParkAsync(PollApi api, Effort effort, CancellationToken stop, params string[] host)
    {
        stop.ThrowIfCancellationRequested();
        await using var process = await HostProcess.StartAsync(host);

        // So that nothing which the first polls of a process bring with them is counted.
        await using (await ParkedPolls.StartAsync(api, process.Address, 0, effort.ManyPolls / 10))
        {
            await Task.Delay(effort.Settle, stop);
        }

        await Task.Delay(effort.Settle, stop);
        var before = await process.FactsAsync();
        await using var polls = await ParkedPolls.StartAsync(api, process.Address, 0, effort.ManyPolls);
        await Task.Delay(effort.Settle, stop);
        var after = await process.FactsAsync();
        return new HostFacts(after.HeapBytes - before.HeapBytes, after.Threads - before.Threads);
    }
}
