namespace Orchestrator;

/// <summary>
/// Thrown by <see cref="WorkerRun.CheckControlAsync"/> when the training is to end in good order: on a <c>terminate</c>, or because the worker
/// shuts down. Save a checkpoint where <see cref="FinalCheckpoint"/> says so, report it, and leave; disposing of the run tells the rest.
/// </summary>
public sealed class StopRequestedException : OperationCanceledException
{
    internal StopRequestedException(StopCause cause, string reason, bool finalCheckpoint, CancellationToken cancellationToken = default)
        : base(reason, cancellationToken) => (Cause, FinalCheckpoint) = (cause, finalCheckpoint);

    /// <summary>Who wants the end.</summary>
    public StopCause Cause { get; }

    /// <summary>Why: what the <c>terminate</c> gives as its reason.</summary>
    public string Reason => Message;

    /// <summary>Whether a last checkpoint is wanted. Always at a shutdown that leaves time for it: whoever goes on begins there.</summary>
    public bool FinalCheckpoint { get; }
}

/// <summary>Who wants a training to end in good order.</summary>
public enum StopCause
{
    /// <summary>A <c>terminate</c>: the run becomes <c>terminated</c>.</summary>
    Terminate = 1,

    /// <summary>The worker: the run goes back to the queue in a new attempt, from its last checkpoint on.</summary>
    Shutdown,
}
