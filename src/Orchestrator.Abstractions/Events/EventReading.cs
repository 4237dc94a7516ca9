namespace Orchestrator;

/// <summary>The events of a subscription, to be enumerated once.</summary>
/// <param name="start">The position at which it begins.</param>
/// <param name="events">The events.</param>
public sealed class EventReading(string start, IAsyncEnumerable<EventMessage> events) : IAsyncEnumerable<EventMessage>
{
    /// <summary>The position before the first event: where to resume (<see cref="EventSubscription.After"/>) as long as no durable one was read.</summary>
    public string Start { get; } = start;

    /// <inheritdoc/>
    public IAsyncEnumerator<EventMessage> GetAsyncEnumerator(CancellationToken cancellationToken = default) => events.GetAsyncEnumerator(cancellationToken);
}
