using System.Globalization;

namespace Orchestrator.Client.Workers;

/// <summary>
/// When to try again what was not answered: after a second, then twice as late each time up to <paramref name="longest"/>, and no sooner than the
/// server asks.
/// </summary>
/// <param name="time">The clock.</param>
/// <param name="longest">The longest wait that the server does not ask for.</param>
/// <param name="longestAsked">The longest wait that the server can ask for. Default: <see cref="LongestAsked"/>.</param>
internal sealed class Backoff(TimeProvider time, TimeSpan longest, TimeSpan? longestAsked = null)
{
    /// <summary>The longest wait that a <c>Retry-After</c> can cause. A gateway that asks for an hour must not silence a worker for an hour.</summary>
    public static readonly TimeSpan LongestAsked = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan Shortest = TimeSpan.FromSeconds(1);

    private readonly TimeSpan _longestAsked = longestAsked ?? LongestAsked;

    private long _since = time.GetTimestamp();
    private TimeSpan _wait;
    private TimeSpan _delay;

    /// <summary>Whether the last try failed.</summary>
    public bool IsFailing => _delay > TimeSpan.Zero;

    /// <summary>How long to wait for the next try; zero when it may be now.</summary>
    public TimeSpan Wait => _wait - time.GetElapsedTime(_since) is var left && left > TimeSpan.Zero ? left : TimeSpan.Zero;

    public void Succeeded() => _wait = _delay = TimeSpan.Zero;

    public void Failed(Refusal refusal)
    {
        _delay = !IsFailing ? Shortest : _delay * 2;
        _delay = _delay < longest ? _delay : longest;
        _since = time.GetTimestamp();
        var asked = RetryAfter(refusal) ?? TimeSpan.Zero;
        asked = asked < _longestAsked ? asked : _longestAsked;
        _wait = asked > _delay ? asked : _delay;
    }

    /// <summary>How long the server asks to wait: at most <see cref="LongestAsked"/>; <see langword="null"/> where it does not ask.</summary>
    public static TimeSpan? RetryAfter(Refusal refusal)
    {
        if (!refusal.Details.TryGetValue("retry_after", out var value) || value is not (double or long or int))
        {
            return null;
        }

        var seconds = Convert.ToDouble(value, CultureInfo.InvariantCulture);
        return seconds > 0 ? TimeSpan.FromSeconds(Math.Min(seconds, LongestAsked.TotalSeconds)) : null;
    }
}
