namespace Orchestrator;

/// <summary>A request to move a run, from whoever knows: a scheduler, a worker, an operator.</summary>
public sealed record TransitionRequest
{
    /// <summary>Where to. Required.</summary>
    public RunState? To { get; init; }

    /// <summary>Who asks. Required, unless the caller is authenticated.</summary>
    public Actor? Actor { get; init; }

    /// <summary>Why, in up to 1,024 characters.</summary>
    public string? Reason { get; init; }

    /// <summary>The attempt that this is about. Another one is refused.</summary>
    public int? Attempt { get; init; }

    /// <summary>The hand-over that this is about (<see cref="Run.ClaimId"/>). Another one than the run's is refused.</summary>
    public string? ClaimId { get; init; }

    /// <summary>The run's new status message. Longer text is cut to 4,096 characters, the last of them <c>…</c>.</summary>
    public string? StatusMessage { get; init; }

    /// <summary>The last numbers of the worker.</summary>
    public FinalReport? Final { get; init; }
}

/// <summary>The last numbers of a worker. What is absent stays as it was; counters may not decrease.</summary>
public sealed record FinalReport
{
    /// <summary>The last step, 0 to 2^53−1.</summary>
    public long? Step { get; init; }

    /// <summary>The last loss; may be NaN or infinite.</summary>
    public double? Loss { get; init; }

    /// <summary>The last throughput, not negative.</summary>
    public double? SamplesPerSec { get; init; }

    /// <summary>The last checkpoint, 0 to 2^53−1.</summary>
    public long? CheckpointVersion { get; init; }

    /// <summary>Where the last checkpoint is, up to 2,048 characters.</summary>
    public string? CheckpointUri { get; init; }

    /// <summary>Up to 64 custom numbers, with names of 1 to 256 characters; they replace those before.</summary>
    public IReadOnlyDictionary<string, double>? Metrics { get; init; }
}
