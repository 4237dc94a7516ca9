using System.Net;
using Microsoft.Extensions.Logging;
using Orchestrator.Client.Http;

namespace Orchestrator.Client.Workers;

/// <summary>The attempt of a run that a worker executes, and the calls about it: bounded in time, and answered whatever happens.</summary>
internal sealed partial class Assignment(IOrchestrator orchestrator, Run run, WorkerRunOptions options)
{
    /// <summary>The answer to a call that the caller may not make. It may be let in later: credentials are renewed.</summary>
    public static readonly Refusal NotLetIn = new(RefusalCode.StoreUnavailable, "The caller was not let in.");

    private const string Nameless = "worker";

    private readonly ILogger _logger = options.Logger;

    public RunId Id { get; } = run.Id;

    public int Attempt { get; } = run.Attempt;

    public Actor Worker { get; } = new(ActorType.System, run.WorkerId ?? Nameless);

    public WorkerRunOptions Options { get; } = options;

    public TimeProvider Time => Options.TimeProvider;

    /// <summary>
    /// Calls the orchestrator. No answer in time, and a fault on the way, is <see cref="RefusalCode.StoreUnavailable"/>; so is <see cref="NotLetIn"/>.
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
            using var late = new CancellationTokenSource(wait + Options.CallTimeout, Time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(late.Token, end);
            return await call(orchestrator, either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException fault)
        {
            end.ThrowIfCancellationRequested();
            return (fault as PauseCancelledException)?.Outage ?? new Refusal(RefusalCode.StoreUnavailable, "There was no answer in time.");
        }
        catch (Exception fault)
        {
            LogFault(fault, Id);
            return fault is UnexpectedAnswerException { StatusCode: HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden }
                ? NotLetIn
                : new Refusal(RefusalCode.StoreUnavailable, "The call failed.");
        }
    }

    /// <summary>Does something again and again beside the training. What nobody expected is logged, and gone on from: nobody would see that it ended.</summary>
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
