using Orchestrator.Core.Audit;
using Orchestrator.Core.Storage;

namespace Orchestrator.Storage.Conformance.Invariants;

/// <summary>Everything that a store holds of a run.</summary>
internal sealed record RunRecord(
    RunView View,
    IReadOnlyList<StateTransition> Transitions,
    IReadOnlyList<Command> Commands,
    IReadOnlyList<RunEvent> Events,
    IReadOnlyList<AuditEntry> Audit)
{
    private const int All = int.MaxValue;

    public static async Task<RunRecord> ReadAsync(IRunStore store, RunId run) => new(
        (await store.LoadOneAsync(new RunLookup(run), CancellationToken.None))!,
        await store.ReadTransitionsAsync(run, 0, All, CancellationToken.None),
        await store.ReadCommandsAsync(run, 0, All, CancellationToken.None),
        await store.ReadEventsAsync(run, 0, All, CancellationToken.None),
        await store.ReadAuditAsync(run, 0, All, CancellationToken.None));

    /// <summary>The transitions form an unbroken path through the table, and the state is where it ends.</summary>
    public void CheckPath()
    {
        RunState? at = null;
        foreach (var (step, index) in Transitions.Select((step, index) => (step, index)))
        {
            Assert.Equal(index + 1, step.Sequence);
            Assert.Equal(at, step.From);
            Assert.True(at is { } from ? ModelRun.Allows(from, step.To) : step.To == RunState.Queued);
            at = step.To;
        }

        Assert.Equal(View.Head.State, at);
        Assert.Equal(View.Head.Transitions, Transitions.Count);
    }

    /// <summary>The durable events are without gaps and in order, and tell of every transition and every command.</summary>
    public void CheckEvents()
    {
        Assert.Equal(Enumerable.Range(1, Events.Count).Select(n => (long)n), Events.Select(told => told.Sequence));
        Assert.Equal(View.Head.Events, Events.Count);
        Assert.Equal(Events.Select(told => told.Time).Order(), Events.Select(told => told.Time));
        Assert.Equal(
            Transitions.Skip(1),
            Events.Select(told => told.Data).OfType<StateChangedData>().Select(data => data.Transition));
        Assert.Equal(
            Commands.Select(command => command.Id),
            Events.Where(told => told.Type == EventType.CommandQueued).Select(told => ((CommandData)told.Data).Command.Id));
    }

    private static Actor Orchestrator { get; } = new(ActorType.System, "orchestrator");

    /// <summary>The audit chain verifies, and has an entry for every command and every acknowledgement.</summary>
    public void CheckAudit()
    {
        var verifier = new AuditVerifier(new AuditOptions(), View.Head.Id);
        foreach (var entry in Audit)
        {
            verifier.Add(entry);
        }

        Assert.Equal(new AuditVerdict(true, Audit.Count, null), verifier.Conclude(View.Head));
        Assert.Equal(Commands.Count(command => command.Actor != Orchestrator), Audit.Count(entry => entry.Action is "command.pause" or "command.resume" or "command.tune" or "command.terminate"));
        Assert.Equal(Commands.Count(command => command.Acknowledgement is not null), Audit.Count(entry => entry.Action == "command.ack"));
    }
}
