using Orchestrator.Client.Workers.Ends;
using Orchestrator.Client.Workers.Reports;

namespace Orchestrator;

/// <content>How the run ends.</content>
public sealed partial class WorkerRun
{
    private const string Unsaid = "The worker disposed of the run without an end: its training was left, by an exception for example.";
    private const string ShutDown = "The worker shuts down.";

    private readonly Lock _settling = new();
    private int _disposed;

    /// <summary>
    /// What came of the end: known when <see cref="CompleteAsync"/>, <see cref="FailAsync"/>, <c>AbandonAsync</c> or <see cref="DisposeAsync"/> is done, and
    /// when the run is lost; <see langword="null"/> before.
    /// </summary>
    public WorkerRunOutcome? Outcome => _endReport.Outcome ?? (_standing.LostBy is null ? null : WorkerRunOutcome.Lost);

    /// <summary>Reports that the work is done: the run becomes <c>completed</c>, with the last numbers. Tried again while nobody answers.</summary>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <returns>
    /// Whether the end was recorded. <see langword="false"/> when the run had ended or is in another attempt, when the orchestrator refused, or when it did
    /// not answer for <see cref="WorkerRunOptions.FinalReportTimeout"/>: <see cref="Outcome"/> says which. The first end that is reported counts.
    /// </returns>
    public Task<bool> CompleteAsync(CancellationToken cancellationToken = default) =>
        IsRecordedAsync(EndAsync(new Ending(RunState.Completed, "completed by the worker"))).WaitAsync(cancellationToken);

    /// <summary>Reports that the work has failed for good: the run becomes <c>failed</c>, which is final, also while the worker shuts down.</summary>
    /// <param name="reason">Why, for people; the first 1,024 characters are told.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <returns><inheritdoc cref="CompleteAsync" path="/returns"/></returns>
    public Task<bool> FailAsync(string reason, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(reason);
        return IsRecordedAsync(EndAsync(new Ending(RunState.Failed, Words.Fit(reason)))).WaitAsync(cancellationToken);
    }

    /// <summary>
    /// Reports an error and lets go of the run: it becomes <c>errored</c>, from where it can be started again in a new attempt, or be failed. A run that
    /// was told to end becomes <c>terminated</c>, and a run whose worker shuts down is handed back, because the error is most likely a
    /// consequence of the shutdown.
    /// </summary>
    /// <param name="reason">What went wrong, for people; the first 1,024 characters are told.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <returns><inheritdoc cref="CompleteAsync" path="/returns"/></returns>
    public Task<bool> AbandonAsync(string reason, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(reason);
        return IsRecordedAsync(SettleAsync(Words.Fit(reason))).WaitAsync(cancellationToken);
    }

    /// <summary>Does the same with the type and the message of an exception as the reason.</summary>
    /// <param name="fault">What the training threw.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <returns><inheritdoc cref="CompleteAsync" path="/returns"/></returns>
    public Task<bool> AbandonAsync(Exception fault, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(fault);
        return AbandonAsync($"{fault.GetType().Name}: {fault.Message}", cancellationToken);
    }

    /// <summary>
    /// Reports how the run ended, where nothing else did, and stops heartbeats and polls. While nobody answers it waits, for
    /// <see cref="WorkerRunOptions.FinalReportTimeout"/> at most.
    /// </summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 1)
        {
            return;
        }

        if (_standing.IsHeld)
        {
            await SettleAsync(null).ConfigureAwait(false);
        }

        await _end.CancelAsync().ConfigureAwait(false);
        await _loops.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _end.Dispose();
    }

    /// <summary>Whether the worker shuts down, also where no check has seen that yet.</summary>
    internal bool IsShuttingDown => _assignment.Options.Shutdown.IsCancellationRequested || _shutdown.IsCancellationRequested;

    /// <summary>Ends the run as things stand, unless an end was set before, which is waited for then.</summary>
    private Task<WorkerRunOutcome> SettleAsync(string? fault)
    {
        lock (_settling)
        {
            if (_endReport.Ending is { } earlier)
            {
                return earlier.Told;
            }

            var terminates = _ledger.TakeTerminates();
            foreach (var terminate in terminates)
            {
                _ledger.Answer(terminate, Acknowledge() with { Reason = fault });
            }

            return EndAsync(
                terminates.Count > 0 ? new Ending(RunState.Terminated, fault ?? _stop?.Reason ?? "terminated")
                : _stop is not null || IsShuttingDown ? new Ending(RunState.Queued, fault ?? ShutDown)
                : new Ending(RunState.Errored, fault ?? Unsaid));
        }
    }

    private Task<WorkerRunOutcome> EndAsync(Ending ending)
    {
        var told = _endReport.Begin(ending);
        _reporter.Wake();

        // A check that is held by a pause has nothing to wait for any more.
        _control.Set();
        return told;
    }

    private static async Task<bool> IsRecordedAsync(Task<WorkerRunOutcome> told) =>
        await told.ConfigureAwait(false) is not (WorkerRunOutcome.Lost or WorkerRunOutcome.Refused or WorkerRunOutcome.Undelivered);
}
