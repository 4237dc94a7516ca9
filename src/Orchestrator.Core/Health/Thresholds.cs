namespace Orchestrator.Core.Health;

/// <summary>The thresholds of one run: its own, and the host's options for what it leaves open.</summary>
/// <param name="Stale">Silence after which it is <see cref="HealthStatus.HeartbeatStale"/>.</param>
/// <param name="Unresponsive">Silence after which it is <see cref="HealthStatus.Unresponsive"/>; never shorter than <paramref name="Stale"/>.</param>
/// <param name="Stalled">Time without an advance after which it is <see cref="HealthStatus.Stalled"/>; <see langword="null"/> for never.</param>
internal readonly record struct Thresholds(TimeSpan Stale, TimeSpan Unresponsive, TimeSpan? Stalled)
{
    public static Thresholds Of(HealthPolicy? policy, HealthOptions options)
    {
        var stale = policy?.StaleAfter ?? options.StaleAfter;
        var unresponsive = policy?.UnresponsiveAfter ?? options.UnresponsiveAfter;
        var stalled = policy?.StalledAfter ?? options.StalledAfter;
        return new(stale, unresponsive > stale ? unresponsive : stale, stalled > TimeSpan.Zero ? stalled : null);
    }
}
