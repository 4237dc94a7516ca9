using System.Globalization;

namespace Orchestrator.Storage.Postgres.Reads;

/// <summary>A place in the feed: a position, and how many drops of events there had been when it was given out.</summary>
/// <remarks>Who began after a drop has missed nothing by it, though the hole lies ahead.</remarks>
internal readonly record struct FeedPosition(long Position, long Drops)
{
    /// <summary>Before all that is kept, whatever was dropped.</summary>
    public static FeedPosition Start { get; } = new(0, long.MaxValue);

    /// <summary>Behind all that is kept.</summary>
    public static FeedPosition End { get; } = new(long.MaxValue, long.MaxValue);

    /// <exception cref="FormatException">The text is no position.</exception>
    public static FeedPosition Parse(string text) =>
        text.Split('.') is [var position, var drops] && TryRead(position, out var at) && TryRead(drops, out var dropped)
            ? new FeedPosition(at, dropped)
            : throw new FormatException("the position was not made by this store");

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Position}.{Drops}");

    private static bool TryRead(string text, out long value) => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value);
}
