namespace Orchestrator;

/// <summary>Give commands to runs, hand them to workers, and take their answers (contract, section 3).</summary>
/// <remarks><inheritdoc cref="IRunOperations" path="/remarks"/></remarks>
public interface ICommandOperations
{
    /// <summary>Accepts a command at the end of the run's queue. The same id with the same content answers the command that exists.</summary>
    /// <returns>The command, or <see cref="RefusalCode.RunNotFound"/>, <see cref="RefusalCode.CommandIdConflict"/>,
    /// <see cref="RefusalCode.InvalidState"/> or <see cref="RefusalCode.QueueFull"/>.</returns>
    ValueTask<Result<Receipt<Command>>> EnqueueAsync(
        RunId run, NewCommand request, CallContext? context = null, CancellationToken cancellationToken = default);

    /// <summary>
    /// Hands out the oldest command that is not delivered, or was delivered longer ago than the redelivery timeout and not
    /// acknowledged. The wait holds no thread and ends at once when it is cancelled, the host stops or the run ends.
    /// </summary>
    /// <param name="run">The run.</param>
    /// <param name="wait">How long to wait for a command, 0 to 60 s.</param>
    /// <param name="attempt">The attempt that the worker executes. Another one is refused.</param>
    /// <param name="claimId">The hand-over that the worker executes (<see cref="Run.ClaimId"/>). Another one than the run's is refused.</param>
    /// <param name="cancellationToken">Ends the wait; what is accepted later is not handed to this caller.</param>
    /// <returns>The command, <see langword="null"/> when there is none by then, or <see cref="RefusalCode.RunNotFound"/>,
    /// <see cref="RefusalCode.RunEnded"/>, <see cref="RefusalCode.StaleAttempt"/> or <see cref="RefusalCode.UnknownAttempt"/>.</returns>
    ValueTask<Result<Command?>> NextAsync(
        RunId run, TimeSpan wait = default, int? attempt = null, string? claimId = null, CancellationToken cancellationToken = default);

    /// <summary>Records a worker's answer. The same answer again changes nothing and succeeds.</summary>
    /// <returns>The command, or <see cref="RefusalCode.RunNotFound"/>, <see cref="RefusalCode.CommandNotFound"/>,
    /// <see cref="RefusalCode.StaleAttempt"/>, <see cref="RefusalCode.UnknownAttempt"/> or <see cref="RefusalCode.AckConflict"/>.</returns>
    ValueTask<Result<Receipt<Command>>> AcknowledgeAsync(
        RunId run, CommandId command, Acknowledgement acknowledgement, CallContext? context = null, CancellationToken cancellationToken = default);

    /// <summary>Reads a command.</summary>
    /// <returns>The command, or <see cref="RefusalCode.RunNotFound"/> or <see cref="RefusalCode.CommandNotFound"/>.</returns>
    ValueTask<Result<Command>> GetAsync(RunId run, CommandId command, CancellationToken cancellationToken = default);

    /// <summary>Reads a page of the commands of a run.</summary>
    /// <param name="run">The run.</param>
    /// <param name="page">Which page. Default: the first 1,000, by sequence.</param>
    /// <param name="cancellationToken">Stops the read.</param>
    /// <returns>The commands, or <see cref="RefusalCode.RunNotFound"/>.</returns>
    ValueTask<Result<Page<Command>>> ListAsync(RunId run, PageRequest? page = null, CancellationToken cancellationToken = default);
}
