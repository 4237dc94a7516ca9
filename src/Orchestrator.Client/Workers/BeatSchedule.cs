namespace Orchestrator.Client.Workers;

/// <summary>When the next heartbeat is due: the first one at once, then at the interval, which jitter only shortens.</summary>
internal sealed class BeatSchedule(TimeSpan interval, TimeProvider time, Random random)
{
    private const double Jitter = 0.1;

    private readonly Backoff _backoff = new(time, interval);
    private readonly TimeSpan _longestMinimum = interval > Backoff.LongestAsked ? interval : Backoff.LongestAsked;
    private long _since = time.GetTimestamp();
    private TimeSpan _wait;
    private long? _acceptedAt;
    private TimeSpan? _minimum;

    /// <summary>How long until it is due; zero when it is.</summary>
    public TimeSpan Wait => _backoff.IsFailing ? _backoff.Wait
        : _wait - time.GetElapsedTime(_since) is var left && left > TimeSpan.Zero ? left
        : TimeSpan.Zero;

    public void Accepted()
    {
        _backoff.Succeeded();
        _acceptedAt = time.GetTimestamp();
        var next = interval - (interval * Jitter * random.NextDouble());
        DueIn(_minimum is { } minimum && minimum > next ? minimum : next);
    }

    /// <summary>It came too soon: from now on the server's minimum is kept.</summary>
    public void Throttled(TimeSpan retryAfter)
    {
        _backoff.Succeeded();
        if (_acceptedAt is { } accepted)
        {
            // Where another worker was heard in between, the minimum only seems to be longer: the shortest is the best guess.
            var told = time.GetElapsedTime(accepted) + retryAfter;
            var shortest = told > _minimum ? _minimum.Value : told;
            _minimum = shortest < _longestMinimum ? shortest : _longestMinimum;
        }

        DueIn(retryAfter);
    }

    /// <summary>It was refused for good; the next one may fare better.</summary>
    public void Refused()
    {
        _backoff.Succeeded();
        DueIn(interval);
    }

    public void Unanswered(Refusal refusal)
    {
        // It may have been accepted all the same, nobody knows when; and the server that answers next may have another minimum.
        (_acceptedAt, _minimum) = (null, null);
        _backoff.Failed(refusal);
    }

    /// <summary>There is news that cannot wait, unless nobody answers at present.</summary>
    public void Hurry() => _wait = TimeSpan.Zero;

    private void DueIn(TimeSpan wait) => (_since, _wait) = (time.GetTimestamp(), wait);
}
