using Microsoft.Extensions.Logging;

namespace Orchestrator.Client.Workers;

/// <content>The end: what the worker says last.</content>
internal sealed partial class Reporter
{
    private const int MaxAmendments = 3;

    // How often an answer that does not arrive holds up the end.
    private const int MaxHeldUp = 3;

    private readonly Backoff _endings = new(assignment.Time, assignment.Options.Interval);
    private Ending? _ending;
    private long _endingSince;
    private int _amendments;
    private int _heldUp;
    private volatile bool _isOver;

    /// <summary>The end that is told, or is to be.</summary>
    public Ending? Ending => Volatile.Read(ref _ending);

    /// <summary>Tells the end after the answers that are still to be sent, unless these keep failing. The first end stands.</summary>
    /// <returns>Whether the orchestrator has taken it.</returns>
    public Task<bool> EndAsync(Ending ending)
    {
        Interlocked.CompareExchange(ref _endingSince, assignment.Time.GetTimestamp(), 0);
        standing.IsEnding = true;
        if (Interlocked.CompareExchange(ref _ending, ending, null) is { } earlier)
        {
            return earlier.Told;
        }

        if (_isOver)
        {
            ending.Tell(isTaken: false);
        }

        Wake();
        return ending.Told;
    }

    private void GiveUp()
    {
        _isOver = true;
        if (Ending is { } ending)
        {
            if (!ending.Told.IsCompleted)
            {
                LogUntold(assignment.Id, NameOf(ending));
            }

            ending.Tell(isTaken: false);
        }
    }

    private TimeSpan LeftToEnd =>
        assignment.Options.FinalReportTimeout - assignment.Time.GetElapsedTime(_endingSince) is var left && left > TimeSpan.Zero ? left : TimeSpan.Zero;

    private ValueTask WaitToEndAsync(TimeSpan wait, CancellationToken end) =>
        _news.WaitAsync(LeftToEnd is var left && left < wait ? left : wait, assignment.Time, end);

    private ValueTask EndAsync(Ending ending, CancellationToken end) => ending.To is { } state
        ? MoveAsync(ending, state, end)
        : HandBackAsync(ending, end);

    private async ValueTask MoveAsync(Ending ending, RunState to, CancellationToken end)
    {
        var figures = latest.Read();
        var request = new TransitionRequest
        {
            To = to,
            Actor = assignment.Worker,
            Reason = ending.Reason,
            Attempt = assignment.Attempt,
            StatusMessage = to == RunState.Completed ? null : ending.Reason,
            Final = new FinalReport
            {
                Step = figures.Step,
                Loss = figures.Loss,
                SamplesPerSec = figures.SamplesPerSec,
                CheckpointVersion = figures.CheckpointVersion,
                CheckpointUri = _isBare ? null : figures.CheckpointUri,
            },
        };
        await ConcludeAsync(ending, await TransitionAsync(request, end).ConfigureAwait(false), end).ConfigureAwait(false);
    }

    private async ValueTask<Refusal?> TransitionAsync(TransitionRequest request, CancellationToken end) => (await assignment
        .CallAsync((orchestrator, token) => orchestrator.Runs.TransitionAsync(assignment.Id, request, null, token), default, end)
        .ConfigureAwait(false)).Refusal;

    private async ValueTask HandBackAsync(Ending ending, CancellationToken end)
    {
        // Where the checkpoint is, heartbeats tell; a new attempt says only which one it is.
        if (latest.Read().CheckpointUri != _accepted?.CheckpointUri)
        {
            await BeatPatientlyAsync(end).ConfigureAwait(false);
        }

        var request = new AttemptRequest
        {
            Actor = assignment.Worker,
            Reason = ending.Reason,
            ExpectedAttempt = assignment.Attempt,
            ResumeFrom = latest.ResumePoint,
        };
        var refusal = (await assignment
            .CallAsync((orchestrator, token) => orchestrator.Runs.StartAttemptAsync(assignment.Id, request, null, token), default, end)
            .ConfigureAwait(false)).Refusal;
        if (refusal == Assignment.NotLetIn)
        {
            // Attempts are for operators. To move a run is for workers, too: into the queue, it begins anew.
            var move = new TransitionRequest { To = RunState.Queued, Actor = assignment.Worker, Reason = ending.Reason, Attempt = assignment.Attempt };
            refusal = await TransitionAsync(move, end).ConfigureAwait(false);
        }

        if (refusal?.Code == RefusalCode.StaleAttempt)
        {
            // This call before its reply was lost, or somebody else: the run goes on without us.
            Conclude(ending, isTaken: true);
        }
        else if (refusal?.Code == RefusalCode.InvalidTransition && FromOf(refusal) == RunState.Terminating.ToWireName())
        {
            await MoveAsync(ending, RunState.Terminated, end).ConfigureAwait(false);
        }
        else
        {
            await ConcludeAsync(ending, refusal, end).ConfigureAwait(false);
        }
    }

    private async ValueTask ConcludeAsync(Ending ending, Refusal? refusal, CancellationToken end)
    {
        switch (standing.Judge(refusal))
        {
            case Verdict.Done:
                Conclude(ending, isTaken: true);
                break;
            case Verdict.Unanswered or Verdict.Missing or Verdict.TooSoon:
                _endings.Failed(refusal!);
                break;
            case Verdict.Lost:
                Conclude(ending, isTaken: false);
                break;
            case Verdict.Refused when _amendments++ < MaxAmendments && await CanAmendAsync(ending, refusal!, end).ConfigureAwait(false):
                break;
            case Verdict.Refused:
                LogRefused(assignment.Id, NameOf(ending), refusal!.Code);
                Conclude(ending, isTaken: false);
                break;
        }
    }

    /// <summary>Removes the obstacle of an end, where that can be done: numbers that are behind, or a run that seems not to be running.</summary>
    private async ValueTask<bool> CanAmendAsync(Ending ending, Refusal refusal, CancellationToken end)
    {
        switch (refusal.Code)
        {
            case RefusalCode.StepRegression or RefusalCode.CheckpointRegression or RefusalCode.ValidationFailed:
                Amend(refusal);
                return true;
            case RefusalCode.InvalidTransition when ending.To == RunState.Completed && !IsTerminal(FromOf(refusal)):
                // The run is queued, paused or errored as far as the orchestrator knows: it is running, or was until now.
                _status = RuntimeStatus.Running;
                await BeatPatientlyAsync(end).ConfigureAwait(false);
                return true;
            default:
                return false;
        }
    }

    /// <summary>Sends a heartbeat, and another one where the first comes too soon.</summary>
    private async ValueTask BeatPatientlyAsync(CancellationToken end)
    {
        if (await BeatAsync(end).ConfigureAwait(false) == Verdict.TooSoon)
        {
            await Task.Delay(_beats.Wait, assignment.Time, end).ConfigureAwait(false);
            await BeatAsync(end).ConfigureAwait(false);
        }
    }

    private void Conclude(Ending ending, bool isTaken)
    {
        if (isTaken)
        {
            LogTold(assignment.Id, NameOf(ending));
        }

        _isOver = true;
        ending.Tell(isTaken);
    }

    private static string? FromOf(Refusal refusal) => refusal.Details.GetValueOrDefault("from") as string;

    private static bool IsTerminal(string? state) => RunStates.TryParse(state, out var parsed) && parsed.IsTerminal();

    private static string NameOf(Ending ending) => (ending.To ?? RunState.Queued).ToWireName();

    [LoggerMessage(726, LogLevel.Information, "Run {RunId} was reported as {State}.", EventName = "EndReported")]
    private partial void LogTold(RunId runId, string state);

    [LoggerMessage(727, LogLevel.Warning, "Run {RunId} could not be reported as {State}: {Code}.", EventName = "EndRefused")]
    private partial void LogRefused(RunId runId, string state, RefusalCode code);

    [LoggerMessage(728, LogLevel.Warning, "Run {RunId} could not be reported as {State} in time.", EventName = "EndUnreported")]
    private partial void LogUntold(RunId runId, string state);
}
