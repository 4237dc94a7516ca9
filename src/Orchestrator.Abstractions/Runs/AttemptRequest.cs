namespace Orchestrator;

/// <summary>A request to begin a new attempt of a run: how a restarted worker goes on, never by a lowered counter.</summary>
public sealed record AttemptRequest
{
    /// <summary>Who asks. Required, unless the caller is authenticated.</summary>
    public Actor? Actor { get; init; }

    /// <summary>Why, in up to 1,024 characters.</summary>
    public string? Reason { get; init; }

    /// <summary>The attempt that the caller believes to be the current one. Another one is refused as <see cref="RefusalCode.StaleAttempt"/>.</summary>
    public int? ExpectedAttempt { get; init; }

    /// <summary>Who goes on, 1 to 256 characters: the run becomes <c>provisioning</c> in its hands. Absent: the run is queued.</summary>
    public string? WorkerId { get; init; }

    /// <summary>Where the counters of the attempt begin. Absent: at 0, and the run's <see cref="Run.ResumePoint"/> is its newest checkpoint.</summary>
    public ResumeFrom? ResumeFrom { get; init; }
}

/// <summary>Where the counters of an attempt begin.</summary>
/// <param name="Step">The step of the checkpoint, 0 to 2^53−1.</param>
/// <param name="CheckpointVersion">The checkpoint, 0 to 2^53−1; 0 for none.</param>
public sealed record ResumeFrom(long Step, long CheckpointVersion);
