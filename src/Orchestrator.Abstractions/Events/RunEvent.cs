namespace Orchestrator;

/// <summary>Something durable that happened to a run, written in the same atomic commit as the change that it tells of (contract, section 6).</summary>
/// <param name="Sequence">The place among the run's events: 1, 2, 3 … without gaps.</param>
/// <param name="Type">What happened.</param>
/// <param name="Time">When.</param>
/// <param name="RunId">To which run.</param>
/// <param name="Attempt">In which attempt.</param>
/// <param name="Data">The details that belong to the type.</param>
public sealed record RunEvent(long Sequence, EventType Type, DateTimeOffset Time, RunId RunId, int Attempt, EventData Data)
{
    /// <summary>The event's own id: the run and the sequence.</summary>
    public string Id => $"{RunId}:{Sequence}";
}
