namespace Orchestrator.Core.InMemory;

/// <summary>A clock that reads the wall once, at its start, and from then on only counts: it never jumps, and never goes back.</summary>
internal sealed class MonotonicClock(TimeProvider timeProvider)
{
    private readonly DateTimeOffset _start = timeProvider.GetUtcNow().ToUniversalTime();
    private readonly long _startTimestamp = timeProvider.GetTimestamp();

    /// <summary>The time in whole microseconds, as the durable stores keep it.</summary>
    public DateTimeOffset Now
    {
        get
        {
            var now = _start + timeProvider.GetElapsedTime(_startTimestamp);
            return now.AddTicks(-(now.Ticks % TimeSpan.TicksPerMicrosecond));
        }
    }
}
