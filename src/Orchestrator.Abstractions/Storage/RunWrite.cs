namespace Orchestrator.Storage;

/// <summary>A decided write to one run, and the state of the run that it was decided on.</summary>
/// <param name="Run">The run.</param>
/// <param name="ExpectedRevision">The revision that the run must stand at; 0 when it must not exist.</param>
/// <param name="Heartbeat">A heartbeat to store.</param>
/// <param name="Change">A change of what control governs.</param>
/// <param name="ExpectedHeartbeats">The <see cref="RunProgress.Heartbeats"/> that the progress must stand at; <see langword="null"/> where the decision does not depend on it.</param>
public readonly record struct RunWrite(
    RunId Run, long ExpectedRevision, HeartbeatWrite? Heartbeat, RunChange? Change, long? ExpectedHeartbeats);

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
