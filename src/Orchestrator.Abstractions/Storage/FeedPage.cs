namespace Orchestrator.Storage;

/// <summary>A page of the feed: the durable events of all runs, and those of the fleet.</summary>
/// <param name="Items">The events, those of each run in their order.</param>
/// <param name="Next">Where to go on: the position of the last event, or, of an empty page, one behind which nothing was skipped.</param>
public sealed record FeedPage(IReadOnlyList<FeedItem> Items, string Next);

/// <summary>An event with its place in the feed.</summary>
/// <param name="Event">The event.</param>
/// <param name="Position">Where to read on after it, as the store writes it.</param>
public readonly record struct FeedItem(RunEvent Event, string Position);

/// <summary>The feed no longer has everything after the position that was asked for.</summary>
public sealed class FeedExpiredException : Exception
{
    /// <summary>Where to go on with what is left. Default: at its start, also with what was read before.</summary>
    public string Left { get; init; } = EventSubscription.Start;

    /// <summary>Creates the exception.</summary>
    public FeedExpiredException()
        : this("The feed no longer has everything after that position.")
    {
    }

    /// <summary>Creates the exception.</summary>
    /// <param name="message">What happened.</param>
    public FeedExpiredException(string message)
        : base(message)
    {
    }

    /// <summary>Creates the exception.</summary>
    /// <param name="message">What happened.</param>
    /// <param name="innerException">Why.</param>
    public FeedExpiredException(string message, Exception? innerException)
        : base(message, innerException)
    {
    }
}
