using Orchestrator.Core.Storage;

namespace Orchestrator.Core.Runs;

/// <summary>Keeps out what was sent for another attempt than the run's.</summary>
internal static class AttemptFence
{
    /// <summary>Why a request for this attempt is refused; <see langword="null"/> when it is not, or names none.</summary>
    public static Refusal? Check(RunHead head, int? attempt) => attempt switch
    {
        null => null,
        { } given when given < head.Attempt => Refusals.StaleAttempt(head),
        { } given when given > head.Attempt => Refusals.UnknownAttempt(head),
        _ => null,
    };
}
