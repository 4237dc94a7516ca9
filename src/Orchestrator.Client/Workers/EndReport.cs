using Microsoft.Extensions.Logging;
using Orchestrator.Client.Workers.Ends;
using Orchestrator.Client.Workers.Reports;

namespace Orchestrator.Client.Workers;

/// <summary>The report of how a run ended. The first end is reported, again and again until it is answered or its time is over.</summary>
internal sealed partial class EndReport(Assignment assignment, Standing standing, LatestReport latest, HeartbeatSender heartbeats)
{
    private const int MaxAmendments = 3;

    // How often an answer to a command that does not arrive delays the end.
    private const int MaxDelays = 3;

    /// <summary>
    /// The longest pause between two tries, and the longest that an answer to a command delays the end: the process waits for the end, so its
    /// tries are closer than those of heartbeats, whatever a header asks for.
    /// </summary>
    public static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(5);

    private readonly ILogger _logger = assignment.Options.Logger;
    private readonly Backoff _backoff = new(
        assignment.Time, assignment.Options.Interval < LongestPause ? assignment.Options.Interval : LongestPause, LongestPause);

    private Ending? _ending;
    private RunState _to;
    private long _since;
    private Refusal? _unanswered;
    private int _amendments;
    private int _delays;
    private int _outcome;

    /// <summary>The end that is or was reported.</summary>
    public Ending? Ending => Volatile.Read(ref _ending);

    /// <summary>What came of the end; <see langword="null"/> until that is known.</summary>
    public WorkerRunOutcome? Outcome => Volatile.Read(ref _outcome) is not 0 and var outcome ? (WorkerRunOutcome)outcome : null;

    /// <summary>How long the report is still tried.</summary>
    public TimeSpan Left =>
        assignment.Options.FinalReportTimeout - assignment.Time.GetElapsedTime(_since) is var left && left > TimeSpan.Zero ? left : TimeSpan.Zero;

    /// <summary>Whether the report was tried once more after its time was over: the outage may have ended during the last pause.</summary>
    public bool IsOver { get; private set; }

    /// <summary>How long to wait for the next try.</summary>
    public TimeSpan Wait => _backoff.Wait;

    /// <summary>Sets the end, unless one was set before.</summary>
    /// <returns>What came of the end that counts.</returns>
    public Task<WorkerRunOutcome> Begin(Ending ending)
    {
        Interlocked.CompareExchange(ref _since, assignment.Time.GetTimestamp(), 0);
        standing.IsEnding = true;
        if (Interlocked.CompareExchange(ref _ending, ending, null) is { } earlier)
        {
            return earlier.Told;
        }

        if (Outcome is { } outcome)
        {
            ending.Tell(outcome);
        }

        return ending.Told;
    }

    /// <summary>Counts an answer to a command that did not arrive.</summary>
    /// <returns>Whether the end waits for answers no longer, because what stops them may not stop the end.</returns>
    public bool IsDelayedTooOften() => Ending is not null && ++_delays >= MaxDelays && Wait == TimeSpan.Zero;

    /// <summary>Reports the end once.</summary>
    public async ValueTask SendAsync(CancellationToken end)
    {
        var ending = Ending!;
        var isLastTry = Left == TimeSpan.Zero;
        _to = _to == default ? ending.To : _to;
        var request = Describe(ending);
        var refusal = (await assignment
            .CallAsync((orchestrator, token) => orchestrator.Runs.TransitionAsync(assignment.Id, request, null, token), default, end)
            .ConfigureAwait(false)).Refusal;
        switch (standing.Judge(refusal))
        {
            case Verdict.Done:
                Conclude(OutcomeOf(_to));
                break;
            case Verdict.Unanswered or Verdict.Missing or Verdict.TooSoon:
                _unanswered = refusal;
                IsOver = isLastTry;
                _backoff.Failed(refusal!);
                break;
            case Verdict.Lost when _to == RunState.Queued && _unanswered is not null && refusal!.Code == RefusalCode.StaleAttempt:
                // The try before was accepted and its reply was lost.
                Conclude(WorkerRunOutcome.HandedBack);
                break;
            case Verdict.Lost:
                Conclude(WorkerRunOutcome.Lost, refusal);
                break;
            case Verdict.Refused when IsTerminal(FromOf(refusal!)):
                Conclude(WorkerRunOutcome.Lost, refusal);
                break;
            case Verdict.Refused when _amendments++ < MaxAmendments && await CanAmendAsync(refusal!, end).ConfigureAwait(false):
                break;
            case Verdict.Refused:
                Conclude(WorkerRunOutcome.Refused, refusal);
                break;
        }
    }

    /// <summary>Nothing more is sent.</summary>
    public void GiveUp()
    {
        if (Outcome is null)
        {
            Conclude(standing.LostBy is null ? WorkerRunOutcome.Undelivered : WorkerRunOutcome.Lost, standing.LostBy ?? _unanswered);
        }
    }

    private TransitionRequest Describe(Ending ending)
    {
        var figures = latest.Read();
        return new TransitionRequest
        {
            To = _to,
            Actor = assignment.Worker,
            Reason = ending.Reason,
            Attempt = assignment.Attempt,
            ClaimId = assignment.ClaimId,
            StatusMessage = _to is RunState.Completed or RunState.Queued ? null : ending.Reason,
            Final = new FinalReport
            {
                Step = figures.Step,
                Loss = figures.Loss,
                SamplesPerSec = figures.SamplesPerSec,
                CheckpointVersion = figures.CheckpointVersion,
                CheckpointUri = heartbeats.IsBare ? null : figures.CheckpointUri,
                Metrics = heartbeats.IsBare ? null : figures.Metrics,
            },
        };
    }

    /// <summary>Removes the cause of a refusal, where that is possible.</summary>
    private async ValueTask<bool> CanAmendAsync(Refusal refusal, CancellationToken end)
    {
        switch (refusal.Code)
        {
            case RefusalCode.StepRegression or RefusalCode.CheckpointRegression or RefusalCode.ValidationFailed or RefusalCode.InvalidJson
                or RefusalCode.PayloadTooLarge:
                heartbeats.Amend(refusal);
                return true;
            case RefusalCode.InvalidTransition when _to == RunState.Queued && FromOf(refusal) == RunState.Terminating.ToWireName():
                // An operator terminated the run while the worker shut down.
                _to = RunState.Terminated;
                return true;
            case RefusalCode.InvalidTransition when _to == RunState.Completed:
                // The orchestrator has the run as queued, paused or errored. A heartbeat corrects that: it was running until now.
                heartbeats.Status = RuntimeStatus.Running;
                await heartbeats.SendPatientlyAsync(end).ConfigureAwait(false);
                return true;
            default:
                return false;
        }
    }

    private void Conclude(WorkerRunOutcome outcome, Refusal? refusal = null)
    {
        var state = (_to == default ? Ending?.To ?? RunState.Queued : _to).ToWireName();
        switch (outcome)
        {
            case WorkerRunOutcome.Refused:
                LogRefused(assignment.Id, state, refusal!.Code, refusal.Message);
                break;
            case WorkerRunOutcome.Undelivered:
                LogUndelivered(assignment.Id, state, refusal?.Message ?? "The time to shut down was over.");
                break;
            case WorkerRunOutcome.Lost when Ending is not null:
                LogLost(assignment.Id, state, refusal!.Message);
                break;
            case WorkerRunOutcome.Lost:
                break;
            default:
                LogReported(assignment.Id, state);
                break;
        }

        Interlocked.Exchange(ref _outcome, (int)outcome);
        Ending?.Tell(outcome);
    }

    private static WorkerRunOutcome OutcomeOf(RunState state) => state switch
    {
        RunState.Completed => WorkerRunOutcome.Completed,
        RunState.Failed => WorkerRunOutcome.Failed,
        RunState.Errored => WorkerRunOutcome.Errored,
        RunState.Terminated => WorkerRunOutcome.Terminated,
        _ => WorkerRunOutcome.HandedBack,
    };

    private static string? FromOf(Refusal refusal) => refusal.Details.GetValueOrDefault("from") as string;

    private static bool IsTerminal(string? state) => RunStates.TryParse(state, out var parsed) && parsed.IsTerminal();

    [LoggerMessage(726, LogLevel.Information, "Run {RunId} was reported as {State}.", EventName = "EndReported")]
    private partial void LogReported(RunId runId, string state);

    [LoggerMessage(727, LogLevel.Error, "The orchestrator refused to record run {RunId} as {State} ({Code}: {Message}). The run keeps its state: move it with a transition, or start a new attempt.", EventName = "EndRefused")]
    private partial void LogRefused(RunId runId, string state, RefusalCode code, string message);

    [LoggerMessage(728, LogLevel.Error, "Run {RunId} could not be reported as {State}: {Message} The run keeps its state and becomes unresponsive. If the work is not to be done again, move the run with a transition; else start a new attempt.", EventName = "EndUnreported")]
    private partial void LogUndelivered(RunId runId, string state, string message);

    [LoggerMessage(737, LogLevel.Warning, "Run {RunId} was not reported as {State}, because it is no longer this worker's: {Message}", EventName = "EndTooLate")]
    private partial void LogLost(RunId runId, string state, string message);
}
