using Microsoft.Extensions.Logging;

namespace Orchestrator.Client.Workers;

/// <summary>
/// Sends answers to commands, heartbeats and the end of the run, beside the training. One call at a time, so that a heartbeat from before a pause
/// never comes after the answer to it.
/// </summary>
internal sealed partial class Reporter(Assignment assignment, Standing standing, CommandLedger ledger, HeartbeatSender heartbeats, EndReport end)
{
    private readonly ILogger _logger = assignment.Options.Logger;
    private readonly Signal _news = new();
    private readonly Backoff _answers = new(assignment.Time, assignment.Options.Interval);

    /// <summary>Changes what the heartbeats say of the worker, and sends one at once.</summary>
    public void Turn(RuntimeStatus to)
    {
        heartbeats.Status = to;
        Wake();
    }

    /// <summary>There is something to send.</summary>
    public void Wake() => _news.Set();

    /// <summary>Sends until the outcome of the end is known, the run is lost, or the token ends.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        try
        {
            await assignment.RepeatAsync(() => standing.IsHeld && end.Outcome is null, DoNextAsync, stop).ConfigureAwait(false);
        }
        finally
        {
            end.GiveUp();
        }
    }

    private async ValueTask DoNextAsync(CancellationToken stop)
    {
        if (ledger.FirstUnsent is { } answer && _answers.Wait == TimeSpan.Zero)
        {
            // The end is sent right after the failure of an answer, so that after an outage answers still go first.
            if (!await SendAsync(answer, stop).ConfigureAwait(false) && end.IsDelayedTooOften())
            {
                await end.SendAsync(stop).ConfigureAwait(false);
            }
        }
        else if (end.Ending is null)
        {
            await BeatOrWaitAsync(ledger.FirstUnsent is null ? Timeout.InfiniteTimeSpan : _answers.Wait, stop).ConfigureAwait(false);
        }
        else if (end.IsOver)
        {
            end.GiveUp();
        }
        else if (ledger.FirstUnsent is not null && _answers.Wait <= EndReport.LongestPause && _answers.Wait < end.Left)
        {
            await WaitToEndAsync(_answers.Wait, stop).ConfigureAwait(false);
        }
        else if (end.Wait > TimeSpan.Zero && end.Left > TimeSpan.Zero)
        {
            await WaitToEndAsync(end.Wait, stop).ConfigureAwait(false);
        }
        else
        {
            await end.SendAsync(stop).ConfigureAwait(false);
        }
    }

    private async ValueTask BeatOrWaitAsync(TimeSpan atMost, CancellationToken stop)
    {
        if (heartbeats.IsChanged)
        {
            heartbeats.Schedule.Hurry();
        }

        var wait = heartbeats.Schedule.Wait;
        if (wait == TimeSpan.Zero)
        {
            await heartbeats.SendAsync(stop).ConfigureAwait(false);
        }
        else
        {
            await _news.WaitAsync(atMost == Timeout.InfiniteTimeSpan || wait < atMost ? wait : atMost, assignment.Time, stop).ConfigureAwait(false);
        }
    }

    private ValueTask WaitToEndAsync(TimeSpan wait, CancellationToken stop) =>
        _news.WaitAsync(end.Left is var left && left < wait ? left : wait, assignment.Time, stop);

    /// <returns>Whether there is nothing more to do about the answer.</returns>
    private async ValueTask<bool> SendAsync(Answer answer, CancellationToken stop)
    {
        var result = await assignment
            .CallAsync((orchestrator, token) => orchestrator.Commands.AcknowledgeAsync(assignment.Id, answer.Id, answer.Acknowledgement, null, token), default, stop)
            .ConfigureAwait(false);
        switch (standing.Judge(result.Refusal))
        {
            case Verdict.Unanswered or Verdict.Missing or Verdict.TooSoon:
                _answers.Failed(result.Refusal!);
                return false;
            case Verdict.Refused:
                LogAnswerRefused(answer.Id, assignment.Id, result.Refusal!.Code, result.Refusal.Message);
                break;
        }

        _answers.Succeeded();
        ledger.Settle();
        return true;
    }

    [LoggerMessage(724, LogLevel.Warning, "The answer to command {CommandId} of run {RunId} was refused ({Code}: {Message}); it is not sent again.", EventName = "AnswerRefused")]
    private partial void LogAnswerRefused(CommandId commandId, RunId runId, RefusalCode code, string message);
}
