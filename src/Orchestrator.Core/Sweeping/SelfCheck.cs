using Orchestrator.Core.Storage;

namespace Orchestrator.Core.Sweeping;

/// <summary>Whether this host is fit to judge others: it comes in time, its thread pool runs what it is given, and heartbeats get into the store.</summary>
internal sealed class SelfCheck(Committer committer, TimeProvider time, HealthOptions options)
{
    private static readonly TimeSpan LongestPoolDelay = TimeSpan.FromSeconds(1);

    // A batch on a busy day takes less.
    private static readonly TimeSpan LongestHeartbeat = TimeSpan.FromSeconds(5);

    private long? _lastAwake;

    /// <summary>Whether heartbeats get into the store, as far as any came. One that failed counts for so long that the time of it is a break.</summary>
    public bool StoresHeartbeats =>
        !(committer.OldestHeartbeat > LongestHeartbeat) && !(committer.SinceHeartbeatFailed <= SweepMark.LongestGap(options.SweepInterval));

    /// <summary>To be asked before each step of a sweep.</summary>
    public async ValueTask<Fitness> PassAsync()
    {
        var asked = time.GetTimestamp();
        var inTime = _lastAwake is not { } last || time.GetElapsedTime(last, asked) <= SweepMark.LongestGap(options.SweepInterval);
        _lastAwake = asked;

        await Task.Factory.StartNew(static () => { }, CancellationToken.None, TaskCreationOptions.PreferFairness, TaskScheduler.Default).ConfigureAwait(false);
        return time.GetElapsedTime(asked) > LongestPoolDelay || !StoresHeartbeats ? Fitness.Starved : inTime ? Fitness.Fit : Fitness.Late;
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
