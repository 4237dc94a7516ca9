namespace Orchestrator;

/// <summary>What the orchestrator concludes of a run from its signs of life.</summary>
public enum HealthStatus
{
    /// <summary>Nothing to worry about.</summary>
    Healthy = 1,

    /// <summary>No sign of life for <c>StaleAfter</c>.</summary>
    HeartbeatStale,

    /// <summary>No sign of life for <c>UnresponsiveAfter</c>.</summary>
    Unresponsive,

    /// <summary>Alive, and without progress for <c>StalledAfter</c>.</summary>
    Stalled,
}

/// <summary>The wire names of <see cref="HealthStatus"/>.</summary>
public static class HealthStatuses
{
    /// <summary>The name on the wire, such as <c>healthy</c>.</summary>
    public static string ToWireName(this HealthStatus value) => value switch
    {
        HealthStatus.Healthy => "healthy",
        HealthStatus.HeartbeatStale => "heartbeat_stale",
        HealthStatus.Unresponsive => "unresponsive",
        HealthStatus.Stalled => "stalled",
        _ => throw new ArgumentOutOfRangeException(nameof(value), value, "not a health status"),
    };

    /// <summary>Reads a wire name, case-sensitively.</summary>
    public static bool TryParse(string? wireName, out HealthStatus value)
    {
        value = wireName switch
        {
            "healthy" => HealthStatus.Healthy,
            "heartbeat_stale" => HealthStatus.HeartbeatStale,
            "unresponsive" => HealthStatus.Unresponsive,
            "stalled" => HealthStatus.Stalled,
            _ => default,
        };
        return value != default;
    }
}
