namespace Orchestrator;

/// <summary>Something that happened to a run (contract, section 6). A durable one is written in the same atomic commit as the change that it tells of.</summary>
/// <param name="Sequence">The place among the run's durable events: 1, 2, 3 … without gaps; 0 for one that is not durable.</param>
/// <param name="Type">What happened; the default value in an event that is not known (<see cref="IsKnown"/>).</param>
/// <param name="Time">When, on the store's clock.</param>
/// <param name="RunId">To which run; the default for an event of the whole fleet.</param>
/// <param name="Attempt">In which attempt; 0 for an event of the whole fleet.</param>
/// <param name="Data">The details that belong to the type.</param>
public sealed record RunEvent(long Sequence, EventType Type, DateTimeOffset Time, RunId RunId, int Attempt, EventData Data)
{
    /// <summary>
    /// Whether this version knows what the event tells of. Stores read events of newer versions that it does not know with their place and without their
    /// details, and readers pass over them: subscribers and publishers get known events only.
    /// </summary>
    public bool IsKnown => Data is not UnknownData;

    /// <summary>The event's own id: the run, or <c>fleet</c>, and the sequence. What is not durable has the run's count of heartbeats instead.</summary>
    public string Id => Data is ProgressData progress ? $"{RunId}:beat-{progress.Run.Heartbeats}" : $"{(RunId.IsDefault ? "fleet" : RunId.Value)}:{Sequence}";
}
