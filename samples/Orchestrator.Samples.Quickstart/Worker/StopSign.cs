namespace Orchestrator.Samples.Quickstart.Worker;

/// <summary>Set when the control plane says that the worker must stop; seen by the training before its next step.</summary>
public sealed class StopSign
{
    private readonly TaskCompletionSource<string> _raised = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Ends, with the code, when the sign is set.</summary>
    public Task<string> Raised => _raised.Task;

    /// <summary>Sets the sign. The first code stays.</summary>
    public void Raise(Answer answer) => _raised.TrySetResult(answer.Code ?? "stopped");
}
