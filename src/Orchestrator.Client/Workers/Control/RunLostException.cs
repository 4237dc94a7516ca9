namespace Orchestrator;

/// <summary>
/// Thrown by <see cref="WorkerRun.CheckControlAsync"/> when the run is no longer this worker's. Stop now and write nothing, no checkpoint either:
/// somebody else may be writing.
/// </summary>
public sealed class RunLostException : OperationCanceledException
{
    internal RunLostException(RefusalCode code, string message)
        : base(message) => Code = code;

    /// <summary>
    /// Why: <see cref="RefusalCode.StaleAttempt"/> when another attempt has begun, <see cref="RefusalCode.RunEnded"/>,
    /// <see cref="RefusalCode.InvalidState"/> when the run was attached to and another worker holds it, or
    /// <see cref="RefusalCode.RunNotFound"/> when the orchestrator has not known the run (or <see cref="RefusalCode.UnknownAttempt"/>: its attempt)
    /// for <see cref="WorkerRunOptions.NotFoundTimeout"/>.
    /// </summary>
    public RefusalCode Code { get; }
}
