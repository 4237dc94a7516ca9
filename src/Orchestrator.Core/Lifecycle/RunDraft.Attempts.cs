namespace Orchestrator.Core.Lifecycle;

/// <content>The next attempt.</content>
internal sealed partial class RunDraft
{
    /// <summary>
    /// Begins the next attempt: resets what the ending one reported, makes its commands deliverable again, and queues what operators want of the run
    /// behind them.
    /// </summary>
    public void BeginAttempt(in AttemptStart start)
    {
        var ended = _progress;
        var isReported = ended.LastHeartbeatAt is not null || start.HasFinalReport;
        var counters = start.ResumeFrom ?? (isReported ? new ResumeFrom(0, 0) : new ResumeFrom(ended.CurrentStep, ended.CheckpointVersion));
        EarlierAttempts = AttemptHistory.After(EarlierAttempts, isReported ? ended : RunProgress.None, start.IsFailure, start.IsTakeover ? Now : null);
        ResumePoint = isReported ? ResumePoints.After(_before.Id, Attempt, ended, ResumePoint, start.ResumeFrom) : ResumePoint;
        Attempt++;
        WorkerId = start.WorkerId;
        Claim = start.Claim;
        KeptRefusals = 0;
        QuickStatusChanges = null;
        LossDiverged = false;
        LastSignAt = null;
        Tuned = WithoutValues(Tuned);
        Emit(EventType.RunAttemptStarted, new AttemptStartedData(start.Reason, start.WorkerId, counters));
        Conclude(HealthStatus.Healthy);
        Progress = new RunProgress
        {
            CurrentStep = counters.Step,
            CheckpointVersion = counters.CheckpointVersion,
            CheckpointStep = counters.CheckpointVersion > 0 ? counters.Step : 0,
            CheckpointUri = ResumePoint?.Version == counters.CheckpointVersion ? ResumePoint.Uri : null,
            StatusMessage = ended.StatusMessage,
            Heartbeats = ended.Heartbeats,
        };
        MoveTo(RunState.Queued, start.ChangedBy, start.Reason);
        if (start.WorkerId is not null)
        {
            Claimed = true;
            MoveTo(RunState.Provisioning, start.ChangedBy, start.Reason);
        }

        foreach (var command in Live)
        {
            if (command.Status == CommandStatus.Delivered)
            {
                Put(command with { Status = CommandStatus.Pending });
            }
        }

        CarryWillOver(_ => true, withPause: true);
    }

    /// <summary>
    /// The tunables of a new attempt: no value is in force yet. Which command set each last stays known, so that an older one that is delivered again does
    /// not set it.
    /// </summary>
    private static IReadOnlyDictionary<string, TunedValue> WithoutValues(IReadOnlyDictionary<string, TunedValue> tuned) => tuned.Count == 0
        ? tuned
        : tuned.ToDictionary(pair => pair.Key, pair => pair.Value with { Value = null }, StringComparer.Ordinal);
}
