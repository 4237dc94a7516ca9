namespace Orchestrator.Core.Lifecycle;

/// <summary>How many attempts failed in a row without getting further, and how often claims took the run over.</summary>
internal static class AttemptHistory
{
    /// <summary>The failures in a row if the current attempt failed now. A run fails when they reach <c>Health:MaxAttempts</c>.</summary>
    /// <param name="earlier">The attempts before the current one.</param>
    /// <param name="progress">What the current one reported.</param>
    public static int FailuresWith(EarlierAttempts? earlier, RunProgress progress) =>
        (Passes(earlier, progress) ? 0 : earlier?.Failures ?? 0) + 1;

    /// <summary>Whether claims took the run over twice within this time.</summary>
    public static bool IsTakenOverTooOften(EarlierAttempts? earlier, TimeSpan within, DateTimeOffset now) =>
        earlier?.TakenOverBeforeAt is { } before && now - before < within;

    /// <summary>The history once the current attempt is one of the earlier ones.</summary>
    /// <param name="earlier">The attempts before the current one.</param>
    /// <param name="ended">What the current one reported.</param>
    /// <param name="isFailure">Whether it failed.</param>
    /// <param name="takenOverAt">When a claim took the run over; <see langword="null"/> where none did.</param>
    public static EarlierAttempts After(EarlierAttempts? earlier, RunProgress ended, bool isFailure, DateTimeOffset? takenOverAt)
    {
        earlier ??= new EarlierAttempts();
        return earlier with
        {
            Failures = isFailure ? FailuresWith(earlier, ended) : Passes(earlier, ended) ? 0 : earlier.Failures,
            HighestStep = Math.Max(earlier.HighestStep, ended.CurrentStep),
            HighestCheckpoint = Math.Max(earlier.HighestCheckpoint, ended.CheckpointVersion),
            TakenOverAt = takenOverAt ?? earlier.TakenOverAt,
            TakenOverBeforeAt = takenOverAt is null ? earlier.TakenOverBeforeAt : earlier.TakenOverAt,
        };
    }

    private static bool Passes(EarlierAttempts? earlier, RunProgress progress) =>
        progress.CurrentStep > (earlier?.HighestStep ?? 0) || progress.CheckpointVersion > (earlier?.HighestCheckpoint ?? 0);
}
