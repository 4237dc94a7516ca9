using System.Globalization;

namespace Orchestrator.Client.Workers;

/// <summary>When to try again what was not answered: after a second, then twice as late each time, and never sooner than the server asks.</summary>
internal sealed class Backoff(TimeProvider time, TimeSpan longest)
{
    private static readonly TimeSpan Shortest = TimeSpan.FromSeconds(1);

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
        _wait = RetryAfter(refusal) is { } asked && asked > _delay ? asked : _delay;
    }

    /// <summary>How long the server asks to wait.</summary>
    public static TimeSpan? RetryAfter(Refusal refusal)
    {
        if (!refusal.Details.TryGetValue("retry_after", out var value) || value is not (double or long or int))
        {
            return null;
        }

        var seconds = Convert.ToDouble(value, CultureInfo.InvariantCulture);
        return seconds is > 0 and < 86_400 ? TimeSpan.FromSeconds(seconds) : null;
    }
}
