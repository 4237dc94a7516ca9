using Orchestrator.Storage.Conformance;
using Orchestrator.Storage.Conformance.Invariants;
using Orchestrator.Storage.Faults.Hosts;

namespace Orchestrator.Storage.Faults.Load;

/// <summary>Holds what the store has against what the clients were told.</summary>
internal static class LedgerCheck
{
    public static async Task RunAsync(Ledger ledger, Fleet fleet, IRunStore store)
    {
        TestContext.Current.TestOutputHelper?.WriteLine($"{ledger.Runs.Count} runs, {ledger.Acknowledged} calls acknowledged, {fleet.Refused} refused");
        var counts = await store.CountAsync(CancellationToken.None);
        Assert.Equal(ledger.Runs.Count, counts.Sum(count => count.Count));

        var feed = (await store.ReadWholeFeedAsync(limit: 1_000)).ToLookup(told => told.RunId.Value);
        Assert.Equal(ledger.Runs.Count, feed.Count);
        foreach (var run in ledger.Runs)
        {
            var record = await RunRecord.ReadAsync(store, RunId.Parse(run.Id));
            Check(run, record);
            Assert.Equal(record.Events.Select(told => told.Sequence), feed[run.Id].Select(told => told.Sequence));

            var verdict = (await fleet.GetAsync($"runs/{run.Id}/audit/verify")).Succeeded().Body;
            Assert.True((bool?)verdict["valid"], verdict.ToJsonString());
        }
    }

    private static void Check(RunLedger run, RunRecord record)
    {
        record.CheckPath();
        record.CheckEvents();
        record.CheckAudit();
        DeliveryOrder.Check(record);

        var (head, progress) = (record.View.Head, record.View.Progress);
        Assert.Equal(RunState.Completed, head.State);
        Assert.Equal(run.Step, progress.CurrentStep);
        Assert.Equal(run.Heartbeats, progress.Heartbeats);
        Assert.Equal(run.Heartbeats, progress.CheckpointVersion);

        // Each command that was accepted is there once, in that order; each that was applied is told of once.
        Assert.Equal(run.Accepted, record.Commands.Select(command => command.Id.Value));
        Assert.Equal(Enumerable.Range(1, run.Accepted.Count).Select(n => (long)n), record.Commands.Select(command => command.Sequence));
        Assert.Equal(run.Applied.Order(StringComparer.Ordinal), CommandsIn(record, CommandStatus.Applied));
        Assert.Equal(
            run.Applied,
            record.Events.Where(told => told.Type == EventType.CommandAcknowledged).Select(told => ((CommandData)told.Data).Command.Id.Value));

        // One worker an attempt: a run is handed out once in each. Where the reply to a claim was lost, the worker got the next attempt instead.
        var handed = record.Transitions.Where(step => step.To == RunState.Provisioning).Select(step => (long)step.Attempt).ToList();
        var claimed = run.Claims.Select(claim => claim.Attempt).ToList();
        Assert.Equal(handed.Distinct(), handed);
        Assert.Equal(handed.Where(claimed.Contains), claimed);
        Assert.Equal((handed[^1], head.WorkerId), (claimed[^1], run.Claims.Last().Worker));
    }

    private static IEnumerable<string> CommandsIn(RunRecord record, CommandStatus status) =>
        record.Commands.Where(command => command.Status == status).Select(command => command.Id.Value).Order(StringComparer.Ordinal);
}
