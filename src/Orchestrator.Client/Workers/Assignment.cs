using Microsoft.Extensions.Logging;
using Orchestrator.Client.Http;

namespace Orchestrator.Client.Workers;

/// <summary>The attempt of a run that a worker executes, and the calls about it: bounded in time, and answered whatever happens.</summary>
internal sealed partial class Assignment(IOrchestrator orchestrator, Run run, WorkerRunOptions options)
{
    private const string Nameless = "worker";

    private readonly ILogger _logger = options.Logger;

    public RunId Id { get; } = run.Id;

    public int Attempt { get; } = run.Attempt;

    /// <summary>The hand-over of the attempt; <see langword="null"/> where the run was not claimed.</summary>
    public string? ClaimId { get; } = run.ClaimId;

    public Actor Worker { get; } = new(ActorType.System, run.WorkerId ?? Nameless);

    public WorkerRunOptions Options { get; } = options;

    public TimeProvider Time => Options.TimeProvider;

    /// <summary>
    /// Calls the orchestrator. An answer that does not come in time is <see cref="RefusalCode.StoreUnavailable"/>, and so is an exception, such as that of a
    /// caller that is not let in: credentials may be renewed later.
    /// </summary>
    /// <param name="call">The call.</param>
    /// <param name="wait">How long the orchestrator may wait before it answers.</param>
    /// <param name="end">Gives up.</param>
    /// <exception cref="OperationCanceledException">The caller gave up.</exception>
    public async ValueTask<Result<T>> CallAsync<T>(
        Func<IOrchestrator, CancellationToken, ValueTask<Result<T>>> call, TimeSpan wait, CancellationToken end)
    {
        try
        {
            return await CallInTimeAsync(call, wait, end).ConfigureAwait(false);
        }
        catch (Exception fault) when (!end.IsCancellationRequested)
        {
            LogFault(fault, Id);
            return new Refusal(RefusalCode.StoreUnavailable, fault.Message);
        }
    }

    /// <summary>Calls the orchestrator. An answer that does not come in time is <see cref="RefusalCode.StoreUnavailable"/>; exceptions are thrown.</summary>
    /// <inheritdoc cref="CallAsync"/>
    public async ValueTask<Result<T>> CallInTimeAsync<T>(
        Func<IOrchestrator, CancellationToken, ValueTask<Result<T>>> call, TimeSpan wait, CancellationToken end)
    {
        try
        {
            using var late = new CancellationTokenSource(wait + Options.CallTimeout, Time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(late.Token, end);
            return await call(orchestrator, either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException fault)
        {
            end.ThrowIfCancellationRequested();
            return (fault as PauseCancelledException)?.Outage ?? new Refusal(RefusalCode.StoreUnavailable, "There was no answer in time.");
        }
    }

    /// <summary>Runs a background loop. An unexpected exception is logged, and the loop continues after <see cref="WorkerRunOptions.Interval"/>.</summary>
    /// <param name="goesOn">Whether there is another round.</param>
    /// <param name="round">One round.</param>
    /// <param name="end">Ends it at once.</param>
    public async Task RepeatAsync(Func<bool> goesOn, Func<CancellationToken, ValueTask> round, CancellationToken end)
    {
        while (goesOn())
        {
            try
            {
                await round(end).ConfigureAwait(false);
            }
            catch (Exception fault) when (!end.IsCancellationRequested)
            {
                LogUnexpected(fault, Id);
                await Task.Delay(Options.Interval, Time, end).ConfigureAwait(false);
            }
        }
    }

    [LoggerMessage(720, LogLevel.Warning, "A call for run {RunId} failed; it counts as unanswered.", EventName = "CallFailed")]
    private partial void LogFault(Exception fault, RunId runId);

    [LoggerMessage(735, LogLevel.Error, "What goes on beside the training of run {RunId} met a fault of its own; it goes on after a pause.", EventName = "WorkerFaulted")]
    private partial void LogUnexpected(Exception fault, RunId runId);
}
