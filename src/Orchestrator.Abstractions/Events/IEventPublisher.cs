namespace Orchestrator;

/// <summary>
/// Carries durable events to somewhere else: a message bus, a webhook, a log. Of all hosts one at a time owns a publisher; where it
/// stands is kept in the store under its <see cref="Name"/>.
/// </summary>
/// <remarks>
/// Every durable event that is kept comes at least once, in order per run, the first time from the oldest on; after a fault or a change of
/// owner some come again: deduplicate by run and sequence. A publisher that throws is tried again with growing pauses, and one that hangs is
/// waited for: neither holds up another publisher, or whoever changes a run.
/// </remarks>
public interface IEventPublisher
{
    /// <summary>Its name, 1 to 64 characters of <c>A-Z a-z 0-9 . _ -</c>: unique in the application, and the same on every host and after every release.</summary>
    string Name { get; }

    /// <summary>Publishes events. When it returns, they never come again, unless the host dies before that is noted.</summary>
    /// <param name="events">Some events, in order.</param>
    /// <param name="cancellationToken">The host stops, or another one has taken over.</param>
    ValueTask PublishAsync(IReadOnlyList<RunEvent> events, CancellationToken cancellationToken);
}
