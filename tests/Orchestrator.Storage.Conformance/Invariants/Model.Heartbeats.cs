namespace Orchestrator.Storage.Conformance.Invariants;

internal sealed partial class Model
{
    public Answer Report(RunId id, Heartbeat heartbeat, int commands)
    {
        var run = Find(id);
        if (heartbeat.RunId != id)
        {
            return run?.Refuse(RefusalCode.RunIdMismatch) ?? Answer.Refuse(RefusalCode.RunIdMismatch);
        }

        if (run is null)
        {
            return Answer.Refuse(RefusalCode.RunNotFound);
        }

        if (run.HasEnded)
        {
            return run.Refuse(RefusalCode.RunEnded);
        }

        if (run.Claimed && heartbeat.Attempt is null)
        {
            return run.Refuse(RefusalCode.AttemptRequired);
        }

        if (run.Fence(heartbeat.Attempt) is { } fenced)
        {
            return run.Refuse(fenced);
        }

        if (heartbeat.Beat <= run.Beat)
        {
            return new Answer(Run: run.Facts());
        }

        if (heartbeat.Step < run.Step)
        {
            return run.Refuse(RefusalCode.StepRegression);
        }

        if (heartbeat.CheckpointVersion < run.Checkpoint)
        {
            return run.Refuse(RefusalCode.CheckpointRegression);
        }

        var isQuick = Now < run.LastHeartbeatAt + TimeSpan.FromSeconds(4.5);
        var mayChange = heartbeat.Status is RuntimeStatus.Terminating or RuntimeStatus.Errored || run.QuickStatusChanges < 8;
        if (isQuick && (heartbeat.Status == run.Status || !mayChange))
        {
            return Answer.Refuse(RefusalCode.HeartbeatThrottled);
        }

        run.QuickStatusChanges = isQuick ? run.QuickStatusChanges + 1 : 0;
        run.Status = heartbeat.Status;
        run.Step = heartbeat.Step!.Value;
        run.Checkpoint = heartbeat.CheckpointVersion!.Value;
        run.Loss = heartbeat.Loss;
        run.Beat = heartbeat.Beat ?? run.Beat;
        run.LastHeartbeatAt = Now;
        run.Heartbeats++;
        if (Reported(run.State, heartbeat.Status!.Value) is { } to)
        {
            run.MoveTo(to, Now);
        }

        var delivered = commands > 0 ? Take(run, commands) : [];
        return new Answer(Run: run.Facts(), Delivered: Answer.Show(delivered));
    }

    /// <summary>Where a report moves a run that has not ended.</summary>
    private static RunState? Reported(RunState state, RuntimeStatus status) => status switch
    {
        _ when state == RunState.Terminating => null,
        RuntimeStatus.Running => RunState.Running,
        RuntimeStatus.Paused => RunState.Paused,
        RuntimeStatus.Terminating => RunState.Terminating,
        RuntimeStatus.Errored => RunState.Errored,
        _ => null,
    };
}
