using Orchestrator.Core.Commands;
using Orchestrator.Core.Health;
using Orchestrator.Core.Lifecycle;
using Orchestrator.Core.Storage;
using Orchestrator.Storage;

namespace Orchestrator.Core.Heartbeats;

/// <summary>
/// Decides what a heartbeat of the right shape does, in the contract's order of checks. A plain one changes progress only; it
/// allocates nothing but its result.
/// </summary>
internal readonly record struct HeartbeatDecider(RunId Run, Heartbeat Heartbeat, int Commands, OrchestratorOptions Options)
    : IDecider<HeartbeatTaken>
{
    private const int MaxQuickChanges = 8;

    public Decision<HeartbeatTaken> Decide(RunView? view, DateTimeOffset now)
    {
        if (view is null)
        {
            return Decision<HeartbeatTaken>.Refuse(Refusals.RunNotFound(Run));
        }

        var (head, progress) = (view.Head, view.Progress);
        if (CheckStanding(head) is { } unwelcome)
        {
            return RefusalNote.Keep<HeartbeatTaken>(view, unwelcome, now, Options);
        }

        if (Heartbeat.Beat <= progress.Beat)
        {
            return Decision<HeartbeatTaken>.Unchanged(new HeartbeatTaken(Accepted: false, []));
        }

        if (CheckRegression(progress) is { } regressed)
        {
            // Another heartbeat that comes in between may have been the one before this.
            return RefusalNote.Keep<HeartbeatTaken>(view, regressed, now, Options) with { ExpectedHeartbeats = progress.Heartbeats };
        }

        var tooSoonBy = progress.LastHeartbeatAt is { } last ? Options.Heartbeats.EnforcedInterval - (now - last) : TimeSpan.Zero;
        var isQuick = tooSoonBy > TimeSpan.Zero;
        return isQuick && !MayChangeStatus(head, progress)
            ? Decision<HeartbeatTaken>.Refuse(Refusals.HeartbeatThrottled(tooSoonBy))
            : Accept(view, now, isQuick);
    }

    private Decision<HeartbeatTaken> Accept(RunView view, DateTimeOffset now, bool isQuick)
    {
        var (head, progress) = (view.Head, view.Progress);
        var write = new HeartbeatWrite(Heartbeat, now, Options.Heartbeats.EnforcedInterval);
        var target = StateMachine.Follow(head.State, Heartbeat.Status!.Value);
        var mayDiverge = !head.LossDiverged && Heartbeat.Loss is { } newest && !double.IsFinite(newest);
        var diverges = mayDiverge && progress.Loss is { } loss && double.IsFinite(loss);
        var delivers = Commands > 0 && Delivery.HasWork(view.Live, now, Options.Commands);
        var health = Liveness.AfterHeartbeat(head, progress, Heartbeat, Options.Health);
        if (target is null && head.Health == health && !diverges && !delivers && !isQuick)
        {
            return new Decision<HeartbeatTaken>
            {
                Answer = new HeartbeatTaken(Accepted: true, [], now - progress.LastHeartbeatAt),
                Heartbeat = write,
                ExpectedHeartbeats = mayDiverge || Heartbeat.Status != progress.Status ? progress.Heartbeats : null,
            };
        }

        var draft = new RunDraft(view, now, Options);
        if (diverges)
        {
            draft.LossDiverged = true;
            draft.Emit(EventType.RunLossNotFinite, new LossNotFiniteData(Heartbeat.Step!.Value, Heartbeat.Loss!.Value));
        }

        if (isQuick)
        {
            // Counted in the head, whose revision the commit checks: two such heartbeats at once cannot both be the last that is taken.
            draft.QuickStatusChanges = new QuickStatusChanges(QuickChangesBefore(head, progress) + 1, now);
        }

        draft.Conclude(health);
        if (target is { } state)
        {
            draft.MoveTo(state, "worker", Heartbeat.Notes);
        }

        return new Decision<HeartbeatTaken>
        {
            Answer = new HeartbeatTaken(Accepted: true, delivers ? Delivery.Take(draft, Commands, Options.Commands) : [], now - progress.LastHeartbeatAt),
            Heartbeat = write,
            Change = draft.Build(),
            ExpectedHeartbeats = progress.Heartbeats,
        };
    }

    private Refusal? CheckStanding(RunHead head)
    {
        if (head.State.IsTerminal())
        {
            return Refusals.RunEnded(head);
        }

        return Heartbeat.Attempt is null && head.Claimed ? Refusals.AttemptRequired(head) : AttemptFence.Check(head, Heartbeat.Attempt, Heartbeat.ClaimId);
    }

    private Refusal? CheckRegression(RunProgress progress)
    {
        if (Heartbeat.Step < progress.CurrentStep)
        {
            return Refusals.StepRegression(progress.CurrentStep, Heartbeat.Step.Value);
        }

        return Heartbeat.CheckpointVersion < progress.CheckpointVersion
            ? Refusals.CheckpointRegression(progress.CheckpointVersion, Heartbeat.CheckpointVersion.Value)
            : null;
    }

    /// <summary>A change of status is taken at once, but not without end: a worker that alternates would pass the throttle for ever.</summary>
    private bool MayChangeStatus(RunHead head, RunProgress progress) =>
        progress.Status != Heartbeat.Status
        && (Heartbeat.Status is RuntimeStatus.Terminating or RuntimeStatus.Errored || QuickChangesBefore(head, progress) < MaxQuickChanges);

    /// <summary>The quick changes that the last heartbeat ended a row of; 0 where it was none itself.</summary>
    private static int QuickChangesBefore(RunHead head, RunProgress progress) =>
        head.QuickStatusChanges is { } changes && changes.LastAt == progress.LastHeartbeatAt ? changes.Count : 0;
}

/// <summary>What became of a heartbeat that was not refused.</summary>
/// <param name="Accepted">Whether it was stored; a late duplicate is not.</param>
/// <param name="Commands">The commands that go with the answer.</param>
/// <param name="Interval">The time since the heartbeat before, where there was one.</param>
internal readonly record struct HeartbeatTaken(bool Accepted, IReadOnlyList<Command> Commands, TimeSpan? Interval = null);
