namespace Orchestrator.Client.Workers;

/// <summary>How a worker lets go of a run.</summary>
/// <param name="To">The state that the run is to have; <see langword="null"/> for the queue, in a new attempt.</param>
/// <param name="Reason">Why.</param>
internal sealed record Ending(RunState? To, string? Reason)
{
    private readonly TaskCompletionSource<bool> _told = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Whether the orchestrator has taken it; known when there is nothing left to try.</summary>
    public Task<bool> Told => _told.Task;

    public void Tell(bool isTaken) => _told.TrySetResult(isTaken);
}
