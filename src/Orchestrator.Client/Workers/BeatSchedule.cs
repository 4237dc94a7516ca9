namespace Orchestrator.Client.Workers;

/// <summary>When the next heartbeat is due: the first one at once, then at the interval, which jitter only shortens.</summary>
internal sealed class BeatSchedule(TimeSpan interval, TimeProvider time, Random random)
{
    private const double Jitter = 0.1;

    // What came too soon may have come after the heartbeat of another worker: then the minimum only seems to be longer.
    private static readonly TimeSpan LongestMinimum = TimeSpan.FromSeconds(30);

    private readonly Backoff _backoff = new(time, interval);
    private long _since = time.GetTimestamp();
    private TimeSpan _wait;
    private long? _acceptedAt;
    private TimeSpan _minimum;

    /// <summary>How long until it is due; zero when it is.</summary>
    public TimeSpan Wait => _backoff.IsFailing ? _backoff.Wait
        : _wait - time.GetElapsedTime(_since) is var left && left > TimeSpan.Zero ? left
        : TimeSpan.Zero;

    public void Accepted()
    {
        _backoff.Succeeded();
        _acceptedAt = time.GetTimestamp();
        var next = interval - (interval * Jitter * random.NextDouble());
        DueIn(next > _minimum ? next : _minimum);
    }

    /// <summary>It came too soon: from now on the server's minimum is kept.</summary>
    public void Throttled(TimeSpan retryAfter)
    {
        _backoff.Succeeded();
        if (_acceptedAt is { } accepted)
        {
            var told = time.GetElapsedTime(accepted) + retryAfter;
            _minimum = told < LongestMinimum ? told : LongestMinimum;
        }

        DueIn(retryAfter);
    }

    /// <summary>It was refused for good; the next one may fare better.</summary>
    public void Refused()
    {
        _backoff.Succeeded();
        DueIn(interval);
    }

    public void Unanswered(Refusal refusal) => _backoff.Failed(refusal);

    /// <summary>There is news that cannot wait, unless nobody answers at present.</summary>
    public void Hurry() => _wait = TimeSpan.Zero;

    private void DueIn(TimeSpan wait) => (_since, _wait) = (time.GetTimestamp(), wait);
}
