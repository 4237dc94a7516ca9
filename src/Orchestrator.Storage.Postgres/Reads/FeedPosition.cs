using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Orchestrator.Storage.Postgres.Reads;

/// <summary>A place in the feed: a position, how many drops of events there had been when it was given out, and which event is there.</summary>
/// <remarks>A reader who began after a drop has missed nothing by it, though the hole lies ahead.</remarks>
/// <param name="Position">The position of the event that was read last.</param>
/// <param name="Drops">How many drops there had been.</param>
/// <param name="Mark">
/// A digest of that event's run, sequence and time, which tells it from the one at the same position of another history, such as that of a restored database;
/// <see langword="null"/> where it was dropped already, or an earlier version wrote the place.
/// </param>
internal readonly record struct FeedPosition(long Position, long Drops, string? Mark = null)
{
    private const int MarkBytes = 6;

    /// <summary>Before all that is kept, whatever was dropped.</summary>
    public static FeedPosition Start { get; } = new(0, long.MaxValue);

    /// <summary>Behind all that is kept.</summary>
    public static FeedPosition End { get; } = new(long.MaxValue, long.MaxValue);

    /// <exception cref="FormatException">The text is no position.</exception>
    public static FeedPosition Parse(string text)
    {
        var parts = text.Split('.');
        return parts.Length is 2 or 3 && TryRead(parts[0], out var at) && TryRead(parts[1], out var dropped)
            ? new FeedPosition(at, dropped, parts.Length == 3 ? parts[2] : null)
            : throw new FormatException("the position was not made by this store");
    }

    public static string MarkOf(string run, long sequence, DateTimeOffset time)
    {
        var micros = (time - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;
        var digest = SHA256.HashData(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{run} {sequence} {micros}")));
        return Convert.ToHexStringLower(digest.AsSpan(0, MarkBytes));
    }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Position}.{Drops}") + (Mark is null ? "" : "." + Mark);

    private static bool TryRead(string text, out long value) => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value);
}
