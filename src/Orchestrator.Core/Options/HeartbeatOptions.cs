namespace Orchestrator;

/// <summary>How heartbeats are taken: section <c>Orchestrator:Heartbeats</c>.</summary>
public sealed class HeartbeatOptions
{
    /// <summary>
    /// The least time between two heartbeats of a run with the same status, less 10 % for jitter. Default 5 s; zero switches
    /// throttling off.
    /// </summary>
    public TimeSpan MinInterval { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>The largest body of one heartbeat, alone or as an item of a batch, in bytes. Default 32,768; at least 1,024.</summary>
    public int MaxBodyBytes { get; set; } = 32_768;

    /// <summary>What is enforced of <see cref="MinInterval"/>.</summary>
    internal TimeSpan EnforcedInterval => MinInterval * 0.9;
}
