using System.Security.Cryptography;

namespace Orchestrator.Client.Http;

/// <summary>How long to wait before a call is sent again: as long as the server asks, up to 30 s, or else twice as long each time, up to 5 s.</summary>
internal static class Backoff
{
    private static readonly TimeSpan First = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan LongestAsked = TimeSpan.FromSeconds(30);

    /// <param name="tries">How often it was sent.</param>
    /// <param name="asked">How long the server asks to wait.</param>
    public static TimeSpan After(int tries, TimeSpan? asked = null)
    {
        if (asked is { } seconds)
        {
            return seconds < LongestAsked ? seconds : LongestAsked;
        }

        // Jitter only shortens, so that the longest delays are known, and clients that lost the server together do not come back together.
        var delay = First * Math.Pow(2, Math.Min(tries - 1, 10));
        return (delay < Longest ? delay : Longest) * (RandomNumberGenerator.GetInt32(500, 1_001) / 1_000.0);
    }

    /// <summary><c>Retry-After</c>, as a span or a date.</summary>
    public static TimeSpan? Asked(HttpResponseMessage response, TimeProvider time)
    {
        var asked = response.Headers.RetryAfter is { } header ? header.Delta ?? (header.Date - time.GetUtcNow()) : null;
        return asked < TimeSpan.Zero ? TimeSpan.Zero : asked;
    }
}
