namespace Orchestrator;

/// <summary>Executes runs that a worker claims. Each run gets a trainer of its own, from a service scope of its own.</summary>
public interface ITrainer
{
    /// <summary>
    /// Trains to the end. When it returns, the run is reported as completed, unless it was told to stop or has reported another end. When
    /// it throws, the run becomes <c>errored</c>; <see cref="StopRequestedException"/> and <see cref="RunLostException"/> may go through.
    /// </summary>
    /// <param name="run">The run: report progress to it, and call <see cref="WorkerRun.CheckControlAsync"/> between two steps.</param>
    /// <param name="cancellationToken">
    /// <see cref="WorkerRun.Aborted"/>: the work is void, or there is no time left. A shutdown of the host is not told by it but by
    /// <see cref="WorkerRun.CheckControlAsync"/>, so that what saves the last checkpoint is not cancelled.
    /// </param>
    Task RunAsync(WorkerRun run, CancellationToken cancellationToken);
}
