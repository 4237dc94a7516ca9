using System.Collections.Frozen;

namespace Orchestrator.Core.Lifecycle;

/// <summary>The one table of transitions (contract, section 1). <c>docs/lifecycle.md</c> shows the same one.</summary>
internal static class StateMachine
{
    private static readonly FrozenDictionary<RunState, RunState[]> Table = new Dictionary<RunState, RunState[]>
    {
        [RunState.Queued] = [RunState.Provisioning, RunState.Running, RunState.Paused, RunState.Terminating, RunState.Errored, RunState.Failed, RunState.Terminated],
        [RunState.Provisioning] = [RunState.Queued, RunState.Running, RunState.Paused, RunState.Terminating, RunState.Completed, RunState.Errored, RunState.Failed, RunState.Terminated],
        [RunState.Running] = [RunState.Queued, RunState.Paused, RunState.Terminating, RunState.Completed, RunState.Errored, RunState.Failed, RunState.Terminated],
        [RunState.Paused] = [RunState.Queued, RunState.Running, RunState.Terminating, RunState.Errored, RunState.Failed, RunState.Terminated],
        [RunState.Terminating] = [RunState.Completed, RunState.Failed, RunState.Errored, RunState.Terminated],
        [RunState.Errored] = [RunState.Queued, RunState.Running, RunState.Paused, RunState.Terminating, RunState.Failed, RunState.Terminated],
        [RunState.Completed] = [],
        [RunState.Failed] = [],
        [RunState.Terminated] = [],
    }.ToFrozenDictionary();

    /// <summary>Where a run in this state may go.</summary>
    public static IReadOnlyList<RunState> AllowedFrom(RunState from) => Table[from];

    public static bool Allows(RunState from, RunState to) => Array.IndexOf(Table[from], to) >= 0;

    /// <summary>Where a worker's report moves a run (contract, section 2); <see langword="null"/> when it stays.</summary>
    public static RunState? Follow(RunState state, RuntimeStatus status) => (status, state) switch
    {
        (_, RunState.Terminating or RunState.Completed or RunState.Failed or RunState.Terminated) => null,
        (RuntimeStatus.Running, not RunState.Running) => RunState.Running,
        (RuntimeStatus.Paused, not RunState.Paused) => RunState.Paused,
        (RuntimeStatus.Terminating, _) => RunState.Terminating,
        (RuntimeStatus.Errored, not RunState.Errored) => RunState.Errored,
        _ => null,
    };
}
