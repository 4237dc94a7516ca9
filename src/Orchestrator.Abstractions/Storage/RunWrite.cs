namespace Orchestrator.Storage;

/// <summary>A decided write to one run, and the state of the run that it was decided on.</summary>
/// <param name="Run">The run.</param>
/// <param name="ExpectedRevision">The revision that the run must stand at; 0 when it must not exist.</param>
/// <param name="Heartbeat">A heartbeat to store.</param>
/// <param name="Change">A change of what control governs.</param>
/// <param name="ExpectedHeartbeats">The <see cref="RunProgress.Heartbeats"/> that the progress must stand at; <see langword="null"/> where the decision does not depend on it.</param>
public readonly record struct RunWrite(
    RunId Run, long ExpectedRevision, HeartbeatWrite? Heartbeat, RunChange? Change, long? ExpectedHeartbeats)
{
    /// <summary>
    /// The commit that made the head which this was decided on (<see cref="RunHead.CommitId"/>), which must have made the run's head. A store that lost
    /// acknowledged commits reaches the same revision again, by another commit. The default value is not compared: the run did not exist, or was stored by
    /// a version that kept no such id.
    /// </summary>
    public Guid ExpectedCommit { get; init; }

    /// <summary>
    /// Whether a run takes the write: its head and progress are the expected ones, it takes the heartbeat (<see cref="HeartbeatWrite.IsAcceptedBy"/>), and a
    /// new head is not made before its last heartbeat, because the times of a run never decrease.
    /// </summary>
    /// <param name="revision">The run's revision; 0 where it does not exist.</param>
    /// <param name="commitId">The commit that made its head.</param>
    /// <param name="changedAt">When its head was made.</param>
    /// <param name="progress">Its progress; <see cref="RunProgress.None"/> where it does not exist.</param>
    public bool Fits(long revision, Guid commitId, DateTimeOffset? changedAt, RunProgress progress)
    {
        ArgumentNullException.ThrowIfNull(progress);
        return revision == ExpectedRevision
            && (ExpectedHeartbeats ?? progress.Heartbeats) == progress.Heartbeats
            && Heartbeat?.IsAcceptedBy(progress) != false
            && (ExpectedCommit == commitId || ExpectedCommit == default)
            && (Change is null || Change.Head.ChangedAt == changedAt || !(Change.Head.ChangedAt < progress.LastHeartbeatAt));
    }
}

/// <summary>A heartbeat on its way to the store.</summary>
/// <param name="Heartbeat">The report.</param>
/// <param name="At">When it was accepted.</param>
/// <param name="MinInterval">The least time since the heartbeat before, where the status is the same; zero for none.</param>
public readonly record struct HeartbeatWrite(Heartbeat Heartbeat, DateTimeOffset At, TimeSpan MinInterval)
{
    /// <summary>
    /// Whether a run that stands at this progress takes the heartbeat: step and checkpoint do not decrease, its beat (where both
    /// have one) rises, time does not go back, and the throttle allows it.
    /// </summary>
    /// <param name="stored">The progress that the store holds.</param>
    public bool IsAcceptedBy(RunProgress stored)
    {
        ArgumentNullException.ThrowIfNull(stored);
        return !(Heartbeat.Step < stored.CurrentStep)
            && !(Heartbeat.CheckpointVersion < stored.CheckpointVersion)
            && !(Heartbeat.Beat <= stored.Beat)
            && (stored.LastHeartbeatAt is not { } last || (At >= last && (Heartbeat.Status != stored.Status || At - last >= MinInterval)));
    }
}
