namespace Orchestrator.Client.Workers.Ends;

/// <summary>How a worker ends its work on a run.</summary>
/// <param name="To">The state that the run is to have; <see cref="RunState.Queued"/> hands it back.</param>
/// <param name="Reason">Why.</param>
internal sealed record Ending(RunState To, string? Reason)
{
    private readonly TaskCompletionSource<WorkerRunOutcome> _told = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>What came of it; completed when there is nothing left to try.</summary>
    public Task<WorkerRunOutcome> Told => _told.Task;

    public void Tell(WorkerRunOutcome outcome) => _told.TrySetResult(outcome);
}
