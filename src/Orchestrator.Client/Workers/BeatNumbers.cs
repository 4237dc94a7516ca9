namespace Orchestrator.Client.Workers;

/// <summary>The numbers of the heartbeats of an attempt, from 1 on. They depend on no clock.</summary>
/// <remarks>
/// A heartbeat whose number is not above the newest one of its attempt is answered like an accepted one and changes nothing. It shows in the run's count
/// of accepted heartbeats, which does not rise. Then the next number is far above, because the newest one is not known.
/// </remarks>
/// <param name="run">The run as it was before the first of these heartbeats.</param>
internal sealed class BeatNumbers(Run run)
{
    private const long Highest = 9_007_199_254_740_991;
    private const long SmallestJump = 1_000_000;

    private long _accepted = run.Heartbeats;

    // Of an attempt that has had heartbeats the count is the best guess: most of them were accepted.
    private long _newest = run.LastHeartbeatAt is null ? 0 : run.Heartbeats;

    /// <summary>Whether there are higher numbers.</summary>
    public bool CanRise => _newest < Highest;

    public long Next() => _newest = Math.Min(_newest + 1, Highest);

    /// <summary>Reads the answer to the heartbeat with the newest number.</summary>
    /// <param name="answer">The run after it.</param>
    /// <returns>Whether it was accepted. When it was not, the next number is twice as high, and higher by 1,000,000 at least.</returns>
    public bool Heard(Run answer)
    {
        var isHeard = answer.Heartbeats > _accepted;
        _accepted = answer.Heartbeats;
        if (!isHeard)
        {
            // Near the highest number, half of what is left, so that numbers remain.
            _newest += Math.Min(Math.Max(_newest, SmallestJump), (Highest - _newest + 1) / 2);
        }

        return isHeard;
    }
}
