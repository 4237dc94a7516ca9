namespace Orchestrator.Core.Sweeping;

/// <summary>Whether this host is fit to judge others: its sweeps come in time, and its thread pool runs what it is given.</summary>
internal sealed class SelfCheck(TimeProvider time, HealthOptions options)
{
    private static readonly TimeSpan LongestPoolDelay = TimeSpan.FromSeconds(1);

    private long? _last;

    /// <summary>To be asked once a sweep.</summary>
    public async ValueTask<Fitness> PassAsync()
    {
        var asked = time.GetTimestamp();
        var inTime = _last is not { } last || time.GetElapsedTime(last, asked) <= SweepMark.LongestGap(options.SweepInterval);
        _last = asked;

        await Task.Factory.StartNew(static () => { }, CancellationToken.None, TaskCreationOptions.PreferFairness, TaskScheduler.Default).ConfigureAwait(false);
        return time.GetElapsedTime(asked) > LongestPoolDelay ? Fitness.Starved : inTime ? Fitness.Fit : Fitness.Late;
    }
}

/// <summary>What a host may say of others.</summary>
internal enum Fitness
{
    /// <summary>Everything.</summary>
    Fit,

    /// <summary>It was away until now: it concludes nothing from silence, and its sweep is the recovery.</summary>
    Late,

    /// <summary>It hears nobody: it concludes nothing from silence, and its sweep is none.</summary>
    Starved,
}
