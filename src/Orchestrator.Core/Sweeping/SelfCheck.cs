namespace Orchestrator.Core.Sweeping;

/// <summary>Whether this host is fit to judge others: it comes in time, and its thread pool runs what it is given.</summary>
internal sealed class SelfCheck(TimeProvider time, HealthOptions options)
{
    private static readonly TimeSpan LongestPoolDelay = TimeSpan.FromSeconds(1);

    private long? _lastAwake;

    /// <summary>To be asked before each step of a sweep.</summary>
    public async ValueTask<Fitness> PassAsync()
    {
        var asked = time.GetTimestamp();
        var inTime = _lastAwake is not { } last || time.GetElapsedTime(last, asked) <= SweepMark.LongestGap(options.SweepInterval);
        _lastAwake = asked;

        await Task.Factory.StartNew(static () => { }, CancellationToken.None, TaskCreationOptions.PreferFairness, TaskScheduler.Default).ConfigureAwait(false);
        return time.GetElapsedTime(asked) > LongestPoolDelay ? Fitness.Starved : inTime ? Fitness.Fit : Fitness.Late;
    }

    /// <summary>To be told after each step: however long that took, it was work. What comes until the next is waiting, or a host that stands still.</summary>
    public void Rest() => _lastAwake = time.GetTimestamp();
}

/// <summary>What a host may say of others, from best to worst.</summary>
internal enum Fitness
{
    /// <summary>Everything.</summary>
    Fit,

    /// <summary>It was away until now: it concludes nothing from silence, and its look is the recovery.</summary>
    Late,

    /// <summary>It hears nobody: it concludes nothing from silence, and its look is none.</summary>
    Starved,
}
