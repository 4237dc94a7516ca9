namespace Orchestrator.Core.Lifecycle;

/// <summary>How an attempt begins.</summary>
/// <param name="ChangedBy">Who begins it.</param>
/// <param name="Reason">Why, in words.</param>
internal readonly record struct AttemptStart(string ChangedBy, string? Reason)
{
    /// <summary>The worker that it is assigned or handed to; <see langword="null"/> to queue the run.</summary>
    public string? WorkerId { get; init; }

    /// <summary>The hand-over to that worker; <see langword="null"/> where it has yet to claim the attempt.</summary>
    public RunClaim? Claim { get; init; }

    /// <summary>Where the counters begin; <see langword="null"/> for 0, or for those of an ending attempt that reported nothing.</summary>
    public ResumeFrom? ResumeFrom { get; init; }

    /// <summary>Whether the ending attempt counts as failed.</summary>
    public bool IsFailure { get; init; }

    /// <summary>Whether a claim takes the run over.</summary>
    public bool IsTakeover { get; init; }

    /// <summary>Whether the request that ends the attempt brought its last numbers.</summary>
    public bool HasFinalReport { get; init; }
}
