namespace Orchestrator;

/// <summary>One step of a run's life. The transitions of a run form an unbroken path from its creation to its state.</summary>
/// <param name="Sequence">The place in the path: 1, 2, 3 …</param>
/// <param name="From">The state before; <see langword="null"/> for the first.</param>
/// <param name="To">The state after.</param>
/// <param name="ChangedBy">The actor's id, or <c>worker</c> or <c>orchestrator</c>.</param>
/// <param name="Reason">Why, in words.</param>
/// <param name="Attempt">The attempt in which the run was after the step.</param>
/// <param name="CreatedAt">When.</param>
public sealed record StateTransition(
    long Sequence, RunState? From, RunState To, string ChangedBy, string? Reason, int Attempt, DateTimeOffset CreatedAt);
