namespace Orchestrator;

/// <summary>How silence is noticed: section <c>Orchestrator:Health</c>.</summary>
public sealed class HealthOptions
{
    /// <summary>Silence after which a run is <c>heartbeat_stale</c>. Default 45 s.</summary>
    public TimeSpan StaleAfter { get; set; } = TimeSpan.FromSeconds(45);

    /// <summary>Silence after which a run is <c>unresponsive</c>. Default 135 s; longer than <see cref="StaleAfter"/>.</summary>
    public TimeSpan UnresponsiveAfter { get; set; } = TimeSpan.FromSeconds(135);

    /// <summary>How long a run may be provisioning. Default 10 min.</summary>
    public TimeSpan StartTimeout { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>How often deadlines are looked at. Default 5 s; from 1 ms to a day.</summary>
    public TimeSpan SweepInterval { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>How long nobody is escalated after the orchestrator itself was away. Default 45 s.</summary>
    public TimeSpan Grace { get; set; } = TimeSpan.FromSeconds(45);

    /// <summary>Time without an advance of its step after which a running run is <c>stalled</c>. Default 30 min; zero switches that off.</summary>
    public TimeSpan StalledAfter { get; set; } = TimeSpan.FromMinutes(30);

    /// <summary>What happens to an unresponsive run. Default <see cref="UnresponsivePolicy.Recommend"/>.</summary>
    public UnresponsivePolicy OnUnresponsive { get; set; } = UnresponsivePolicy.Recommend;

    /// <summary>How many attempts a run gets before it fails. Default 3; at least 1.</summary>
    public int MaxAttempts { get; set; } = 3;
}

/// <summary>What happens to an unresponsive run.</summary>
public enum UnresponsivePolicy
{
    /// <summary>Its termination is recommended to whoever listens; nothing else happens.</summary>
    Recommend,

    /// <summary>A new attempt is queued, up to <see cref="HealthOptions.MaxAttempts"/>; then as <see cref="Fail"/>.</summary>
    Requeue,

    /// <summary>It fails with the end reason <c>lost_worker</c>.</summary>
    Fail,
}
