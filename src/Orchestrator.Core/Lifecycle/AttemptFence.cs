using Orchestrator.Core.Storage;

namespace Orchestrator.Core.Lifecycle;

/// <summary>Refuses what was sent for another attempt, or another hand-over of it, than the run's.</summary>
internal static class AttemptFence
{
    /// <summary>Why a request for this attempt is refused; <see langword="null"/> when it is not, or names none.</summary>
    /// <param name="head">The run.</param>
    /// <param name="attempt">The attempt that the request names.</param>
    /// <param name="claimId">The hand-over that the request names.</param>
    public static Refusal? Check(RunHead head, int? attempt, string? claimId) => attempt switch
    {
        { } given when given < head.Attempt => Refusals.StaleAttempt(head),
        { } given when given > head.Attempt => Refusals.UnknownAttempt(head),
        _ => claimId is not null && claimId != head.Claim?.Id ? Refusals.StaleClaim(head) : null,
    };
}
