namespace Orchestrator.Storage;

/// <summary>What became of a write.</summary>
public enum CommitVerdict
{
    /// <summary>It is stored.</summary>
    Committed,

    /// <summary>The run stands elsewhere than expected: somebody was faster. Decide again.</summary>
    Conflict,

    /// <summary>The idempotency key of the change was committed before.</summary>
    Duplicate,

    /// <summary>What became of this write is unknown, though that of others of the call may be known: a part of the store did not answer, or not in time.</summary>
    Unknown,
}

/// <summary>The verdict on a write.</summary>
/// <param name="Verdict">What became of it.</param>
/// <param name="Progress">After <see cref="CommitVerdict.Committed"/>: the run's progress as stored.</param>
/// <param name="Current">After <see cref="CommitVerdict.Conflict"/>: the run as it stands (head, progress and live commands), so that
/// deciding again needs no read; <see langword="null"/> when it does not exist, or could not be read.</param>
public readonly record struct CommitResult(CommitVerdict Verdict, RunProgress? Progress, RunView? Current);
