namespace Orchestrator;

/// <summary>How heartbeats are taken: section <c>Orchestrator:Heartbeats</c>.</summary>
public sealed class HeartbeatOptions
{
    /// <summary>
    /// The least time between two heartbeats of a run with the same status, less 10 % for jitter. Default 5 s; zero switches
    /// throttling off. After 8 changes of status in a row that came sooner, a further one is throttled too; a change to <c>terminating</c> or
    /// <c>errored</c> never is.
    /// </summary>
    public TimeSpan MinInterval { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>The largest body of one heartbeat, alone or as an item of a batch, in bytes. Default 32,768; at least 1,024.</summary>
    public int MaxBodyBytes { get; set; } = 32_768;

    /// <summary>
    /// Whether the HTTP API answers 202 where it would answer 429 or 503 to a heartbeat without a <see cref="Heartbeat.Beat"/>, for workers that take every
    /// status from 400 on for the end. Such a heartbeat is not stored. Default false.
    /// </summary>
    public bool Tolerant { get; set; }

    /// <summary>What is enforced of <see cref="MinInterval"/>.</summary>
    internal TimeSpan EnforcedInterval => MinInterval * 0.9;
}
