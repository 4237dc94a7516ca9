using Microsoft.Extensions.Logging;

namespace Orchestrator.Client.Workers;

/// <summary>
/// Sends answers to commands, heartbeats and the end of the run, beside the training. One call at a time, so that a heartbeat from before a pause
/// never comes after the answer to it.
/// </summary>
internal sealed partial class Reporter(Assignment assignment, Standing standing, LatestReport latest, CommandLedger ledger, RuntimeStatus status)
{
    private const int MaxCommandsWithBeat = 16;

    private readonly ILogger _logger = assignment.Options.Logger;
    private readonly Signal _news = new();
    private readonly Backoff _answers = new(assignment.Time, assignment.Options.Interval);
    private readonly BeatSchedule _beats = new(
        assignment.Options.Interval, assignment.Time, new Random(HashCode.Combine(assignment.Id, assignment.Attempt)));

    private volatile RuntimeStatus _status = status;
    private RuntimeStatus? _triedStatus;
    private Figures? _accepted;
    private bool _isBare;

    // A worker that is started again in the same attempt goes on above the heartbeats from before.
    private long _beat = assignment.Time.GetUtcNow().ToUnixTimeMilliseconds();

    /// <summary>Changes what the heartbeats say of the worker, and sends one at once.</summary>
    public void Turn(RuntimeStatus to)
    {
        _status = to;
        Wake();
    }

    /// <summary>There is something to send.</summary>
    public void Wake() => _news.Set();

    /// <summary>Sends until the end of the run is told, the run is lost, or the token ends.</summary>
    public async Task RunAsync(CancellationToken end)
    {
        try
        {
            await assignment.RepeatAsync(() => standing.IsHeld && !_isOver, DoNextAsync, end).ConfigureAwait(false);
        }
        finally
        {
            GiveUp();
        }
    }

    private async ValueTask DoNextAsync(CancellationToken end)
    {
        if (ledger.FirstUnsent is { } answer && _answers.Wait == TimeSpan.Zero)
        {
            var isSettled = await SendAsync(answer, end).ConfigureAwait(false);
            if (!isSettled && Ending is { } heldUp && ++_heldUp >= MaxHeldUp && _endings.Wait == TimeSpan.Zero)
            {
                // What keeps the answer from arriving may not keep the end. Right after the failure, so that after an outage answers still go first.
                await EndAsync(heldUp, end).ConfigureAwait(false);
            }
        }
        else if (Ending is not { } ending)
        {
            await BeatOrWaitAsync(ledger.FirstUnsent is null ? Timeout.InfiniteTimeSpan : _answers.Wait, end).ConfigureAwait(false);
        }
        else if (LeftToEnd == TimeSpan.Zero)
        {
            _isOver = true;
        }
        else if (ledger.FirstUnsent is not null && _answers.Wait < LeftToEnd)
        {
            await WaitToEndAsync(_answers.Wait, end).ConfigureAwait(false);
        }
        else if (_endings.Wait > TimeSpan.Zero)
        {
            await WaitToEndAsync(_endings.Wait, end).ConfigureAwait(false);
        }
        else
        {
            await EndAsync(ending, end).ConfigureAwait(false);
        }
    }

    private async ValueTask BeatOrWaitAsync(TimeSpan atMost, CancellationToken end)
    {
        if (_status != _triedStatus)
        {
            _beats.Hurry();
        }

        var wait = _beats.Wait;
        if (wait == TimeSpan.Zero)
        {
            await BeatAsync(end).ConfigureAwait(false);
        }
        else
        {
            await _news.WaitAsync(atMost == Timeout.InfiniteTimeSpan || wait < atMost ? wait : atMost, assignment.Time, end).ConfigureAwait(false);
        }
    }

    /// <returns>Whether there is nothing more to do about the answer.</returns>
    private async ValueTask<bool> SendAsync(Answer answer, CancellationToken end)
    {
        var result = await assignment
            .CallAsync((orchestrator, token) => orchestrator.Commands.AcknowledgeAsync(assignment.Id, answer.Id, answer.Acknowledgement, null, token), default, end)
            .ConfigureAwait(false);
        switch (standing.Judge(result.Refusal))
        {
            case Verdict.Unanswered or Verdict.Missing or Verdict.TooSoon:
                _answers.Failed(result.Refusal!);
                return false;
            case Verdict.Refused:
                LogAnswerRefused(answer.Id, assignment.Id, result.Refusal!.Code);
                break;
        }

        _answers.Succeeded();
        ledger.Settle();
        return true;
    }

    private async ValueTask<Verdict> BeatAsync(CancellationToken end)
    {
        var figures = latest.Read();
        var heartbeat = Describe(figures);
        var commands = assignment.Options.CommandWait == TimeSpan.Zero ? MaxCommandsWithBeat : 0;
        _triedStatus = heartbeat.Status;
        var result = await assignment
            .CallAsync((orchestrator, token) => orchestrator.Heartbeats.ReportAsync(assignment.Id, heartbeat, commands, token), default, end)
            .ConfigureAwait(false);
        var verdict = standing.Judge(result.Refusal);
        if (result.TryGet(out var receipt, out var refusal))
        {
            _accepted = figures;
            _beats.Accepted();
            ledger.Receive(receipt.Commands);
        }
        else if (verdict == Verdict.TooSoon)
        {
            _beats.Throttled(Backoff.RetryAfter(refusal) ?? assignment.Options.Interval);
        }
        else if (verdict == Verdict.Refused)
        {
            LogHeartbeatRefused(assignment.Id, refusal.Code);
            _beats.Refused();
            Amend(refusal);
        }
        else
        {
            _beats.Unanswered(refusal);
        }

        return verdict;
    }

    private Heartbeat Describe(Figures figures) => new()
    {
        RunId = assignment.Id,
        Attempt = assignment.Attempt,
        Beat = ++_beat,
        Status = _status,
        Step = figures.Step,
        Loss = figures.Loss,
        SamplesPerSec = figures.SamplesPerSec,
        CheckpointVersion = figures.CheckpointVersion,
        CheckpointUri = _isBare ? null : figures.CheckpointUri,
        Metrics = _isBare ? null : figures.Metrics,
        QueuedCommands = ledger.HasCommands ? ledger.Waiting : null,
    };

    /// <summary>Makes the next heartbeat one that can be accepted: being heard matters more than what is told.</summary>
    private void Amend(Refusal refusal)
    {
        if (refusal.Code is RefusalCode.StepRegression or RefusalCode.CheckpointRegression)
        {
            var current = refusal.Details.GetValueOrDefault("current") as long?;
            latest.RaiseTo(
                refusal.Code == RefusalCode.StepRegression ? current : null,
                refusal.Code == RefusalCode.CheckpointRegression ? current : null);
        }
        else
        {
            // Something in what is not required: too many, too long or unreadable metrics.
            _isBare = true;
        }
    }

    [LoggerMessage(724, LogLevel.Warning, "The answer to command {CommandId} of run {RunId} was refused ({Code}); it is not sent again.", EventName = "AnswerRefused")]
    private partial void LogAnswerRefused(CommandId commandId, RunId runId, RefusalCode code);

    [LoggerMessage(725, LogLevel.Warning, "A heartbeat of run {RunId} was refused ({Code}); the next one says less.", EventName = "WorkerHeartbeatRefused")]
    private partial void LogHeartbeatRefused(RunId runId, RefusalCode code);
}
