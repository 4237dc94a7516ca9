namespace Orchestrator.Core.Health;

/// <summary>What is concluded of a run from its signs of life (contract, section 5).</summary>
internal static class Liveness
{
    /// <summary>Whether the worker of a run in this state is expected to give signs of life.</summary>
    public static bool IsWatched(RunState state) =>
        state is RunState.Running or RunState.Paused or RunState.Terminating or RunState.Errored;

    /// <summary>Whether silence alone makes a conclusion worse than this one.</summary>
    public static bool IsSilent(HealthStatus health) => health is HealthStatus.HeartbeatStale or HealthStatus.Unresponsive;

    /// <summary>Whether anything may be concluded from silence yet: not in the grace after an outage of ours.</summary>
    /// <param name="since">Since when signs of life could have been noticed.</param>
    /// <param name="options">The host's thresholds.</param>
    /// <param name="now">The time.</param>
    public static bool MayConclude(DateTimeOffset since, HealthOptions options, DateTimeOffset now) => now >= since + options.Grace;

    /// <summary>How long a run has given no sign of life that could have been noticed.</summary>
    /// <param name="head">The run.</param>
    /// <param name="progress">Its progress.</param>
    /// <param name="since">Since when its signs of life could have been noticed.</param>
    /// <param name="now">The time.</param>
    public static TimeSpan Silence(RunHead head, RunProgress progress, DateTimeOffset since, DateTimeOffset now) =>
        now - Later(head.LastSign(progress), since);

    /// <summary>What a sweep concludes. Silence only makes it worse: better is for the next sign of life to say.</summary>
    /// <param name="head">The run.</param>
    /// <param name="progress">Its progress.</param>
    /// <param name="since">Since when its signs of life could have been noticed.</param>
    /// <param name="options">The host's thresholds.</param>
    /// <param name="now">The time.</param>
    public static HealthStatus Judge(RunHead head, RunProgress progress, DateTimeOffset since, HealthOptions options, DateTimeOffset now)
    {
        if (!IsWatched(head.State) || head.SnoozedUntil > now || !MayConclude(since, options, now))
        {
            return head.Health;
        }

        var thresholds = Thresholds.Of(head.HealthPolicy, options);
        var silence = Silence(head, progress, since, now);
        return silence >= thresholds.Unresponsive || head.Health == HealthStatus.Unresponsive ? HealthStatus.Unresponsive
            : silence >= thresholds.Stale || head.Health == HealthStatus.HeartbeatStale ? HealthStatus.HeartbeatStale
            : head.State == RunState.Running && StandsStill(progress, Later(since, head.HealthChangedAt ?? since), thresholds) ? HealthStatus.Stalled
            : head.Health;
    }

    /// <summary>What a heartbeat that is accepted makes of the conclusion.</summary>
    /// <param name="head">The run.</param>
    /// <param name="before">Its progress before the heartbeat.</param>
    /// <param name="heartbeat">The heartbeat.</param>
    /// <param name="options">The host's thresholds.</param>
    public static HealthStatus AfterHeartbeat(RunHead head, RunProgress before, Heartbeat heartbeat, HealthOptions options)
    {
        if (head.Health == HealthStatus.Healthy || heartbeat.Status != before.Status || heartbeat.Step > before.CurrentStep)
        {
            return HealthStatus.Healthy;
        }

        return head.Health == HealthStatus.Stalled ? HealthStatus.Stalled : AfterSilence(head.State, before, Thresholds.Of(head.HealthPolicy, options));
    }

    /// <summary>What a run is whose silence is over, before it says that it advances: a standstill that was seen before the silence goes on.</summary>
    /// <param name="state">Where it is in its life.</param>
    /// <param name="progress">Its progress before the silence.</param>
    /// <param name="thresholds">Its thresholds.</param>
    public static HealthStatus AfterSilence(RunState state, RunProgress progress, Thresholds thresholds) =>
        state == RunState.Running && StandsStill(progress, DateTimeOffset.MinValue, thresholds) ? HealthStatus.Stalled : HealthStatus.Healthy;

    /// <summary>Whether heartbeats without an advance came for so long. What a worker does while it is silent nobody knows.</summary>
    private static bool StandsStill(RunProgress progress, DateTimeOffset since, Thresholds thresholds) =>
        progress is { Status: RuntimeStatus.Running, AdvancedAt: { } advanced, LastHeartbeatAt: { } heard }
        && thresholds.Stalled is { } stalled
        && heard - Later(advanced, since) >= stalled;

    private static DateTimeOffset Later(DateTimeOffset one, DateTimeOffset other) => one > other ? one : other;
}
