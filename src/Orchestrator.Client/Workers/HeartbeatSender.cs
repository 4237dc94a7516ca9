using Microsoft.Extensions.Logging;
using Orchestrator.Client.Workers.Reports;

namespace Orchestrator.Client.Workers;

/// <summary>Sends the heartbeats of an attempt, one at a time.</summary>
internal sealed partial class HeartbeatSender(
    Assignment assignment, Standing standing, LatestReport latest, CommandLedger ledger, BeatNumbers numbers, RuntimeStatus status)
{
    /// <summary>How many commands come with an answer at most.</summary>
    public const int MaxCommands = 16;

    private readonly ILogger _logger = assignment.Options.Logger;
    private volatile RuntimeStatus _status = status;
    private RuntimeStatus? _sentStatus;

    /// <summary>When the next one is due.</summary>
    public BeatSchedule Schedule { get; } = new(
        assignment.Options.Interval, assignment.Time, new Random(HashCode.Combine(assignment.Id, assignment.Attempt)));

    /// <summary>What the heartbeats say of the worker.</summary>
    public RuntimeStatus Status
    {
        get => _status;
        set => _status = value;
    }

    /// <summary>Whether <see cref="Status"/> has changed since the last heartbeat.</summary>
    public bool IsChanged => _status != _sentStatus;

    /// <summary>
    /// Whether heartbeats and the end leave out the metrics and the place of the checkpoint, because the server has refused them: to be heard matters
    /// more than what is said.
    /// </summary>
    public bool IsBare { get; private set; }

    /// <summary>Whether there is a higher number for the next heartbeat.</summary>
    public bool CanRise => numbers.CanRise;

    /// <summary>Sends a heartbeat and schedules the next.</summary>
    public async ValueTask<Verdict> SendAsync(CancellationToken end)
    {
        var heartbeat = Next();
        var commands = assignment.Options.CommandWait == TimeSpan.Zero ? MaxCommands : 0;
        var result = await assignment
            .CallAsync((orchestrator, token) => orchestrator.Heartbeats.ReportAsync(assignment.Id, heartbeat, commands, token), default, end)
            .ConfigureAwait(false);
        var verdict = standing.Judge(result.Refusal);
        if (result.TryGet(out var receipt, out var refusal))
        {
            Take(receipt);
        }
        else if (verdict == Verdict.TooSoon)
        {
            Schedule.Throttled(Backoff.RetryAfter(refusal) ?? assignment.Options.Interval);
        }
        else if (verdict == Verdict.Refused)
        {
            LogHeartbeatRefused(assignment.Id, refusal.Code, refusal.Message);
            Schedule.Refused();
            Amend(refusal);
        }
        else
        {
            Schedule.Unanswered(refusal);
        }

        return verdict;
    }

    /// <summary>Sends a heartbeat, and another one where the first comes too soon.</summary>
    public async ValueTask SendPatientlyAsync(CancellationToken end)
    {
        if (await SendAsync(end).ConfigureAwait(false) == Verdict.TooSoon)
        {
            await Task.Delay(Schedule.Wait, assignment.Time, end).ConfigureAwait(false);
            await SendAsync(end).ConfigureAwait(false);
        }
    }

    /// <summary>Makes the next heartbeat.</summary>
    public Heartbeat Next()
    {
        var figures = latest.Read();
        _sentStatus = _status;
        return new Heartbeat
        {
            RunId = assignment.Id,
            Attempt = assignment.Attempt,
            ClaimId = assignment.ClaimId,
            Beat = numbers.Next(),
            Status = _sentStatus,
            Step = figures.Step,
            Loss = figures.Loss,
            SamplesPerSec = figures.SamplesPerSec,
            CheckpointVersion = figures.CheckpointVersion,
            CheckpointUri = IsBare ? null : figures.CheckpointUri,
            Metrics = IsBare ? null : figures.Metrics,
            QueuedCommands = ledger.HasCommands ? ledger.Waiting : null,
        };
    }

    /// <summary>Takes the answer to a heartbeat. One that was not heard is followed by another at once.</summary>
    /// <returns>Whether the heartbeat was heard.</returns>
    public bool Take(HeartbeatReceipt receipt)
    {
        ledger.Receive(receipt.Commands);
        Schedule.Accepted();
        if (numbers.Heard(receipt.Run))
        {
            return true;
        }

        if (numbers.CanRise)
        {
            Schedule.Hurry();
        }

        LogUnheard(assignment.Id, assignment.Attempt);
        return false;
    }

    /// <summary>Removes what a heartbeat or an end was refused for.</summary>
    public void Amend(Refusal refusal)
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
            // The cause is something that is not required, such as metrics that make the heartbeat too long.
            IsBare = true;
        }
    }

    [LoggerMessage(725, LogLevel.Warning, "A heartbeat of run {RunId} was refused ({Code}: {Message}). The next one leaves out metrics and the place of the checkpoint, or has the counters of the run.", EventName = "WorkerHeartbeatRefused")]
    private partial void LogHeartbeatRefused(RunId runId, RefusalCode code, string message);

    [LoggerMessage(736, LogLevel.Information, "A heartbeat of run {RunId} was answered and not counted: attempt {Attempt} has had one with a higher number. The next one has a number far above.", EventName = "HeartbeatNotCounted")]
    private partial void LogUnheard(RunId runId, int attempt);
}
