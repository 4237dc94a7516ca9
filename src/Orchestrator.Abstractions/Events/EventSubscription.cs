namespace Orchestrator;

/// <summary>Which events to read, and from where on.</summary>
public sealed record EventSubscription
{
    /// <summary>The position before the first event that is kept.</summary>
    public const string Start = "0";

    /// <summary>The run whose events are wanted; <see langword="null"/> for those of all runs and of the fleet.</summary>
    public RunId? Run { get; init; }

    /// <summary>The types that are wanted; empty for all.</summary>
    public IReadOnlyCollection<EventType> Types { get; init; } = [];

    /// <summary>
    /// The <see cref="EventMessage.Position"/> after which to go on, <see cref="Start"/> for everything that is kept, or
    /// <see langword="null"/> for what happens from now on. Positions of one run and of all runs are not exchangeable.
    /// </summary>
    public string? After { get; init; }
}

/// <summary>An event as a reader gets it.</summary>
/// <param name="Event">The event.</param>
/// <param name="Position">Where to resume after it (<see cref="EventSubscription.After"/>); <see langword="null"/> for one that is not durable.</param>
public readonly record struct EventMessage(RunEvent Event, string? Position);
