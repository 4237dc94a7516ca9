using Orchestrator.Core.Commands;
using Orchestrator.Core.Health;
using Orchestrator.Core.Lifecycle;
using Orchestrator.Core.Storage;
using Orchestrator.Storage;

namespace Orchestrator.Core.Sweeping;

/// <summary>
/// Decides what has lapsed of a run by time alone: commands that expired, a termination or a start that is no longer waited for, and
/// silence (contract, sections 3 and 5).
/// </summary>
internal sealed record DueDecider(RunId Run, Observation Observation, OrchestratorOptions Options) : IDecider<bool>
{
    private const string Orchestrator = "orchestrator";

    public Decision<bool> Decide(RunView? view, DateTimeOffset now)
    {
        if (view is null)
        {
            return Decision<bool>.Refuse(Refusals.RunNotFound(Run));
        }

        var (head, progress) = (view.Head, view.Progress);
        if (!(head.NextDue(progress) <= now))
        {
            return Decision<bool>.Unchanged(false);
        }

        var since = Observation.SinceAt(now);
        var draft = new RunDraft(view, now, Options);
        Delivery.Expire(draft);
        if (Deadlines.EndOfTermination(head, progress, since, Options.Commands) <= now)
        {
            var endReason = head.Termination!.Acknowledged ? EndReason.Terminated : EndReason.Forced;
            draft.MoveTo(RunState.Terminated, Orchestrator, "the time to terminate is over", endReason);
        }
        else if (head.State == RunState.Provisioning)
        {
            CheckStart(draft, head, progress, since);
        }
        else
        {
            CheckSilence(draft, head, progress, since);
        }

        var change = draft.Build();
        return IsWorthWriting(change, head)
            ? new Decision<bool> { Answer = true, Change = change, ExpectedHeartbeats = progress.Heartbeats }
            : Decision<bool>.Unchanged(false);
    }

    private void CheckStart(RunDraft draft, RunHead head, RunProgress progress, DateTimeOffset since)
    {
        var sign = head.LastSign(progress);
        var begin = sign > since ? sign : since;
        if (head.SnoozedUntil > draft.Now || !Liveness.MayConclude(since, Options.Health, draft.Now) || draft.Now < begin + Options.Health.StartTimeout)
        {
            return;
        }

        if (head.WorkerId is not null && MayBeginAgain(head, progress))
        {
            BeginAgain(draft, "the worker did not start in time");
        }
        else
        {
            draft.MoveTo(RunState.Failed, Orchestrator, "not started in time", EndReason.StartTimeout);
        }
    }

    private void CheckSilence(RunDraft draft, RunHead head, RunProgress progress, DateTimeOffset since)
    {
        var health = Liveness.Judge(head, progress, since, Options.Health, draft.Now);
        if (health == HealthStatus.Unresponsive && draft.Health != HealthStatus.Unresponsive)
        {
            // Both marks, each once, also when a sweep comes after both moments.
            draft.Conclude(HealthStatus.HeartbeatStale);
            draft.Conclude(HealthStatus.Unresponsive);
            draft.PolicyDueAt = Observation.PolicyWaitsUntil > draft.Now ? Observation.PolicyWaitsUntil : draft.Now;
        }

        draft.Conclude(health);
        if (draft.PolicyDueAt <= draft.Now && !(head.SnoozedUntil > draft.Now) && IsUnresponsiveStill(head, progress, since, draft.Now))
        {
            Follow(draft, head, progress);
        }
    }

    /// <summary>Whether the silence is long enough also where an outage of ours came after the conclusion: the worker may have come back meanwhile.</summary>
    private bool IsUnresponsiveStill(RunHead head, RunProgress progress, DateTimeOffset since, DateTimeOffset now) =>
        Liveness.MayConclude(since, Options.Health, now)
        && Liveness.Silence(head, progress, since, now) >= Thresholds.Of(head.HealthPolicy, Options.Health).Unresponsive;

    /// <summary>Does with an unresponsive run what the policy says. One that is terminating ends by itself.</summary>
    private void Follow(RunDraft draft, RunHead head, RunProgress progress)
    {
        draft.PolicyDueAt = null;
        if (draft.State == RunState.Terminating)
        {
            return;
        }

        switch (Options.Health.OnUnresponsive)
        {
            case UnresponsivePolicy.Recommend:
                draft.Emit(EventType.RunTerminateRecommended, new TerminateRecommendedData(draft.Silence));
                break;
            case UnresponsivePolicy.Requeue when MayBeginAgain(head, progress):
                BeginAgain(draft, "the worker fell silent");
                break;
            default:
                draft.MoveTo(RunState.Failed, Orchestrator, "the worker fell silent", EndReason.LostWorker);
                break;
        }
    }

    /// <summary>The counters that an attempt without a heartbeat began from are no progress of its own.</summary>
    private bool MayBeginAgain(RunHead head, RunProgress progress) =>
        AttemptHistory.FailuresWith(head.EarlierAttempts, progress.LastHeartbeatAt is null ? RunProgress.None : progress) < Options.Health.MaxAttempts;

    private static void BeginAgain(RunDraft draft, string reason) => draft.BeginAttempt(new AttemptStart(Orchestrator, reason) { IsFailure = true });

    /// <summary>Whether something lapsed, or the run is to be looked at another time than before.</summary>
    private static bool IsWorthWriting(RunChange change, RunHead before) =>
        change.Events.Count > 0
        || change.Head.PolicyDueAt != before.PolicyDueAt
        || change.Head.DueAt != before.DueAt
        || change.Head.DueAfterSilence != before.DueAfterSilence
        || change.Head.DueAfterStandstill != before.DueAfterStandstill;
}
