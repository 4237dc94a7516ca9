using Orchestrator.Client.Workers.Claims;

namespace Orchestrator;

/// <summary>How a worker gets hold of a run. In process and over HTTP alike.</summary>
/// <remarks>
/// Both return after the first heartbeat of the worker was accepted: no training starts before other workers are kept out of its attempt, and before the
/// commands that are queued for it are known.
/// </remarks>
public static class OrchestratorWorkerExtensions
{
    /// <summary>
    /// Takes hold of one run, that a scheduler has started this worker for, for example. A run that is queued, or was given to a worker that has not begun, is
    /// claimed; else its current attempt is continued. Waits while the orchestrator does not answer.
    /// </summary>
    /// <param name="orchestrator">The orchestrator.</param>
    /// <param name="run">The run.</param>
    /// <param name="attempt">The attempt that the worker was started for. Absent: whichever is the current one.</param>
    /// <param name="workerId">
    /// The name of the worker, 1 to 256 characters, for a run that is claimed. Default: the worker that the run was given to, or else the name of the machine and the
    /// id of the process.
    /// </param>
    /// <param name="options">How to hold it.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <remarks>
    /// A worker that was restarted begins a new attempt, with <see cref="IRunOperations.StartAttemptAsync"/>, before it takes hold of its run: only
    /// that keeps out what may be left of it.
    /// </remarks>
    /// <exception cref="RefusedException">There is no such run.</exception>
    /// <exception cref="RunLostException">The run has ended, is in another attempt than the given one, or is another worker's.</exception>
    public static async Task<WorkerRun> AttachAsync(
        this IOrchestrator orchestrator,
        RunId run,
        int? attempt = null,
        string? workerId = null,
        WorkerRunOptions? options = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(orchestrator);
        return await new AttachLoop(orchestrator, run, attempt, workerId, Check(options)).RunAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Claims the next queued run.</summary>
    /// <param name="orchestrator">The orchestrator.</param>
    /// <param name="workerId">
    /// The name of the worker, 1 to 256 characters; no other worker may have the same. Default: the name of the machine and the id of the process. A worker that
    /// claims by the name of another, before that one was heard of, gets its run in the next attempt, and the other one claims anew.
    /// </param>
    /// <param name="claim">Which run, and how long to wait for it. Default: any, and not at all.</param>
    /// <param name="options">How to hold the run.</param>
    /// <param name="cancellationToken">Stops waiting. A run that was handed out meanwhile goes back to the queue after <c>Health:StartTimeout</c>.</param>
    /// <returns>The run with its manifest; <see langword="null"/> when there was none by the end of the wait.</returns>
    /// <exception cref="RefusedException">The orchestrator does not take such a claim.</exception>
    public static async Task<WorkerRun?> ClaimAsync(
        this IOrchestrator orchestrator,
        string? workerId = null,
        ClaimOptions? claim = null,
        WorkerRunOptions? options = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(orchestrator);
        var loop = new ClaimLoop(orchestrator, workerId ?? WorkerIds.OfProcess, claim ?? new ClaimOptions(), Check(options), ClaimMemory.Process);
        return await loop.RunAsync(cancellationToken).ConfigureAwait(false);
    }

    private static WorkerRunOptions Check(WorkerRunOptions? options)
    {
        options ??= new WorkerRunOptions();
        options.Validate();
        return options;
    }
}
