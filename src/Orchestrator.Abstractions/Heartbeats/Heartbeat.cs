namespace Orchestrator;

/// <summary>A worker's report (contract, section 2). What is <see langword="null"/> was not reported.</summary>
public sealed record Heartbeat
{
    /// <summary>The run that it is about. Required.</summary>
    public RunId RunId { get; init; }

    /// <summary>What the worker says of itself. Required.</summary>
    public RuntimeStatus? Status { get; init; }

    /// <summary>How far it is, 0 to 2^53−1. Required; never below the run's.</summary>
    public long? Step { get; init; }

    /// <summary>Its throughput; not below zero, may be NaN or infinite. <see langword="null"/>: not measured.</summary>
    public double? SamplesPerSec { get; init; }

    /// <summary>Its loss; may be NaN or infinite. <see langword="null"/>: not measured.</summary>
    public double? Loss { get; init; }

    /// <summary>Whether the report names a loss at all, be it <see langword="null"/>. Default true; a report without one is refused.</summary>
    public bool HasLoss { get; init; } = true;

    /// <summary>Whether the report names a throughput at all, be it <see langword="null"/>. Default true; a report without one is refused.</summary>
    public bool HasSamplesPerSec { get; init; } = true;

    /// <summary>Its newest checkpoint, 0 to 2^53−1. Required; never below the run's.</summary>
    public long? CheckpointVersion { get; init; }

    /// <summary>Where that checkpoint is, up to 2,048 characters. Without it a higher <see cref="CheckpointVersion"/> has no known place.</summary>
    public string? CheckpointUri { get; init; }

    /// <summary>The commands that it still buffers, at most 1,024.</summary>
    public IReadOnlyList<CommandId>? QueuedCommands { get; init; }

    /// <summary>Text for a person: the run's new status message. Longer text is cut to 4,096 characters, the last of them <c>…</c>.</summary>
    public string? Notes { get; init; }

    /// <summary>The attempt that it executes. Required for a run that was claimed.</summary>
    public int? Attempt { get; init; }

    /// <summary>The hand-over that the worker executes (<see cref="Run.ClaimId"/>). Another one than the run's is refused.</summary>
    public string? ClaimId { get; init; }

    /// <summary>The heartbeat's own number, from −(2^53−1) to 2^53−1 and rising within an attempt: one that comes late is recognised by it and changes nothing.</summary>
    public long? Beat { get; init; }

    /// <summary>Up to 64 custom numbers, with names of 1 to 256 characters; they replace those before.</summary>
    public IReadOnlyDictionary<string, double>? Metrics { get; init; }

    /// <summary>
    /// The progress of a run after this heartbeat. What was not reported keeps its value, except the loss and the throughput, which are the newest
    /// measures or <see langword="null"/>, and the place of a checkpoint, which belongs to its version.
    /// </summary>
    /// <param name="before">The progress before.</param>
    /// <param name="at">When the heartbeat was accepted.</param>
    public RunProgress ApplyTo(RunProgress before, DateTimeOffset at)
    {
        ArgumentNullException.ThrowIfNull(before);
        var raisesCheckpoint = CheckpointVersion > before.CheckpointVersion;
        return new RunProgress
        {
            Status = Status ?? before.Status,
            LastHeartbeatAt = at,
            AdvancedAt = Advances(before) ? at : before.AdvancedAt,
            Beat = Beat ?? before.Beat,
            CurrentStep = Step ?? before.CurrentStep,
            SamplesPerSec = SamplesPerSec,
            Loss = Loss,
            CheckpointVersion = CheckpointVersion ?? before.CheckpointVersion,
            CheckpointStep = raisesCheckpoint ? Step ?? before.CurrentStep : before.CheckpointStep,
            CheckpointUri = raisesCheckpoint ? CheckpointUri : CheckpointUri ?? before.CheckpointUri,
            Metrics = Metrics ?? before.Metrics,
            StatusMessage = Notes ?? before.StatusMessage,
            Heartbeats = before.Heartbeats + 1,
        };
    }

    private bool Advances(RunProgress before) => Step > 0 && (Step > before.CurrentStep || Status != before.Status);
}
