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
    private readonly long _expectedChangedTicks;

    /// <summary>
    /// When the head was made that the change was decided on (<see cref="RunHead.ChangedAt"/>), which must be the run's head; <see langword="null"/> where it is
    /// not known. A store that lost what it had acknowledged reaches the same revision again, by another head. Nor may a heartbeat have been accepted later
    /// than a new such moment, then: the times of a run never decrease.
    /// </summary>
    public DateTimeOffset? ExpectedChangedAt
    {
        get => UtcTicks.ToTime(_expectedChangedTicks);
        init => _expectedChangedTicks = UtcTicks.Of(value);
    }

    /// <summary>Whether a run takes the write: it stands where the write expects it, and takes its heartbeat (<see cref="HeartbeatWrite.IsAcceptedBy"/>).</summary>
    /// <param name="revision">The run's revision; 0 where it does not exist.</param>
    /// <param name="changedAt">When its head was made.</param>
    /// <param name="progress">Its progress; <see cref="RunProgress.None"/> where it does not exist.</param>
    public bool Fits(long revision, DateTimeOffset? changedAt, RunProgress progress)
    {
        ArgumentNullException.ThrowIfNull(progress);
        return revision == ExpectedRevision
            && (ExpectedHeartbeats ?? progress.Heartbeats) == progress.Heartbeats
            && Heartbeat?.IsAcceptedBy(progress) != false
            && (ExpectedChangedAt is not { } expected || (expected == changedAt && (Change?.Head.ChangedAt == expected || !(Change?.Head.ChangedAt < progress.LastHeartbeatAt))));
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
