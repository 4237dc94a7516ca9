namespace Orchestrator;

/// <summary>Take the reports of workers (contract, section 2).</summary>
public interface IHeartbeatOperations
{
    /// <summary>Takes a heartbeat. One that comes twice, or late by its <see cref="Heartbeat.Beat"/>, changes nothing and succeeds.</summary>
    /// <param name="run">The run that the heartbeat was sent to.</param>
    /// <param name="heartbeat">The report.</param>
    /// <param name="commands">How many commands to deliver with the answer, 0 to 16.</param>
    /// <param name="cancellationToken">Stops waiting; a heartbeat that was sent to the store is never cancelled.</param>
    /// <returns>The run, or, in the order of checking, <see cref="RefusalCode.ValidationFailed"/>, <see cref="RefusalCode.RunIdMismatch"/>,
    /// <see cref="RefusalCode.RunNotFound"/>, <see cref="RefusalCode.RunEnded"/>, <see cref="RefusalCode.StaleAttempt"/>,
    /// <see cref="RefusalCode.UnknownAttempt"/>, <see cref="RefusalCode.AttemptRequired"/>, <see cref="RefusalCode.StepRegression"/>,
    /// <see cref="RefusalCode.CheckpointRegression"/> or <see cref="RefusalCode.HeartbeatThrottled"/>; or <see cref="RefusalCode.StoreUnavailable"/>.</returns>
    ValueTask<Result<HeartbeatReceipt>> ReportAsync(RunId run, Heartbeat heartbeat, int commands = 0, CancellationToken cancellationToken = default);

    /// <summary>Takes many heartbeats, each for the run that it names. One that is refused does not fail the others.</summary>
    /// <param name="heartbeats">The reports. Over HTTP at most 1,000 come at once.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <returns>One result a heartbeat, in their order.</returns>
    ValueTask<IReadOnlyList<Result<HeartbeatReceipt>>> ReportAsync(IReadOnlyList<Heartbeat> heartbeats, CancellationToken cancellationToken = default);

    /// <summary>
    /// Notes that a transport could not read a heartbeat for this run, so that a worker which trains on unheard is seen:
    /// the first of each code in an attempt becomes the run's <see cref="Run.LastRefusal"/> and an event. An unknown run is ignored.
    /// </summary>
    /// <param name="run">The run that it was sent to.</param>
    /// <param name="code">Why it could not be read.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    ValueTask NoteUnreadableAsync(RunId run, RefusalCode code, CancellationToken cancellationToken = default);
}
