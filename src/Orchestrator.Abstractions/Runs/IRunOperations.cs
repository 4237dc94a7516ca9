namespace Orchestrator;

/// <summary>Create, read and move runs (contract, section 4).</summary>
/// <remarks>
/// Every call may also be refused as <see cref="RefusalCode.ValidationFailed"/> and <see cref="RefusalCode.StoreUnavailable"/>;
/// calls that change something, as <see cref="RefusalCode.IdempotencyKeyReused"/> where a key is given. A cancelled call either
/// throws <see cref="OperationCanceledException"/> and has had no effect, or answers: what was sent to the store is never cancelled.
/// </remarks>
public interface IRunOperations
{
    /// <summary>Creates a run, queued. The same id with the same content answers the run that exists.</summary>
    /// <returns>The run with its manifest, or <see cref="RefusalCode.RunIdConflict"/>.</returns>
    ValueTask<Result<Receipt<Run>>> CreateAsync(NewRun request, CallContext? context = null, CancellationToken cancellationToken = default);

    /// <summary>Reads a run with its manifest and overrides.</summary>
    /// <param name="run">The run.</param>
    /// <param name="cancellationToken">Stops the read.</param>
    /// <returns>The run, or <see cref="RefusalCode.RunNotFound"/>.</returns>
    ValueTask<Result<Run>> GetAsync(RunId run, CancellationToken cancellationToken = default) => GetAsync(run, RunDetail.Full, cancellationToken);

    /// <summary>Reads a run.</summary>
    /// <param name="run">The run.</param>
    /// <param name="detail">How much of it.</param>
    /// <param name="cancellationToken">Stops the read.</param>
    /// <returns>The run, or <see cref="RefusalCode.RunNotFound"/>.</returns>
    ValueTask<Result<Run>> GetAsync(RunId run, RunDetail detail, CancellationToken cancellationToken = default);

    /// <summary>Lists runs, newest first. A run that was created is listed.</summary>
    /// <param name="filter">Which ones.</param>
    /// <param name="limit">At most this many, 1 to 500.</param>
    /// <param name="cursor">Where to go on: <see cref="Page{T}.Next"/> of the page before.</param>
    /// <param name="detail">How much of each. A page of <see cref="RunDetail.Full"/> runs also ends when their manifests reach 8 MiB.</param>
    /// <param name="cancellationToken">Stops the read.</param>
    ValueTask<Result<Page<Run>>> ListAsync(
        RunFilter? filter = null, int limit = 50, string? cursor = null, RunDetail detail = RunDetail.Summary, CancellationToken cancellationToken = default);

    /// <summary>Moves a run. Asking for the state that it is in changes nothing and succeeds.</summary>
    /// <returns>The run, or <see cref="RefusalCode.RunNotFound"/>, <see cref="RefusalCode.StaleAttempt"/>, <see cref="RefusalCode.UnknownAttempt"/>,
    /// <see cref="RefusalCode.InvalidTransition"/>, <see cref="RefusalCode.StepRegression"/> or <see cref="RefusalCode.CheckpointRegression"/>.</returns>
    ValueTask<Result<Receipt<Run>>> TransitionAsync(
        RunId run, TransitionRequest request, CallContext? context = null, CancellationToken cancellationToken = default);

    /// <summary>Reads a page of the transitions of a run.</summary>
    /// <param name="run">The run.</param>
    /// <param name="page">Which page. Default: the first 1,000, oldest first.</param>
    /// <param name="cancellationToken">Stops the read.</param>
    /// <returns>The transitions, or <see cref="RefusalCode.RunNotFound"/>.</returns>
    ValueTask<Result<Page<StateTransition>>> GetTransitionsAsync(RunId run, PageRequest? page = null, CancellationToken cancellationToken = default);

    /// <summary>
    /// Hands the oldest of the highest-priority queued runs that match to exactly one caller, with a new <see cref="Run.ClaimId"/>.
    /// </summary>
    /// <remarks>
    /// <para>The holder of a run is the authenticated caller together with the worker id. When the call arrives, and not while it waits, a matching run
    /// that the caller holds in <c>provisioning</c> without a heartbeat is handed to it again in the run's next attempt: the reply to the earlier claim
    /// was lost, or two workers have one name, and the other one is refused from then on. With <see cref="ClaimRequest.Takeover"/> so is a run that has had
    /// heartbeats. A run is taken over at most twice within <c>Health:StartTimeout</c>.</para>
    /// <para>An attempt that was assigned to the worker id (<see cref="AttemptRequest.WorkerId"/>) is handed to its first claim in the same attempt.</para>
    /// </remarks>
    /// <returns>The run with its manifest, or <see langword="null"/> when there is none by then; <see cref="RefusalCode.StaleAttempt"/> where the same call
    /// by its key claimed an attempt that is no longer current; and, where <see cref="ClaimRequest.Run"/> asks for one run,
    /// <see cref="RefusalCode.RunNotFound"/> or <see cref="RefusalCode.InvalidState"/>.</returns>
    ValueTask<Result<Receipt<Run?>>> ClaimAsync(ClaimRequest request, CallContext? context = null, CancellationToken cancellationToken = default);

    /// <summary>Begins a new attempt. Everything sent for the old one is refused from then on.</summary>
    /// <returns>The run, or <see cref="RefusalCode.RunNotFound"/>, <see cref="RefusalCode.StaleAttempt"/> or <see cref="RefusalCode.InvalidTransition"/>.</returns>
    ValueTask<Result<Receipt<Run>>> StartAttemptAsync(
        RunId run, AttemptRequest request, CallContext? context = null, CancellationToken cancellationToken = default);

    /// <summary>Gives a run more time: no escalation until then. It does not put off the end of a run that is terminating.</summary>
    /// <returns>The run, or <see cref="RefusalCode.RunNotFound"/> or <see cref="RefusalCode.RunEnded"/>.</returns>
    ValueTask<Result<Receipt<Run>>> SnoozeAsync(
        RunId run, SnoozeRequest request, CallContext? context = null, CancellationToken cancellationToken = default);
}
