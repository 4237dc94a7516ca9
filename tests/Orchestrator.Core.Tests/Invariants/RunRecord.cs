using Orchestrator.Core.Storage;
using Orchestrator.Storage;

namespace Orchestrator.Core.Tests.Invariants;

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
}
