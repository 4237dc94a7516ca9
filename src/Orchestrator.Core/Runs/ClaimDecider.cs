using Orchestrator.Core.Lifecycle;
using Orchestrator.Core.Sealing;
using Orchestrator.Core.Storage;
using Orchestrator.Storage;

namespace Orchestrator.Core.Runs;

/// <summary>
/// Decides whether a claim gets a run: one that is queued, one that was assigned to its worker id, or one that the caller holds, in the next attempt.
/// Any other run is refused as <see cref="RefusalCode.InvalidState"/>.
/// </summary>
internal sealed record ClaimDecider(RunId Run, ClaimRequest Request, QueueFilter Filter, string ClaimId, CallContext Context, OrchestratorOptions Options)
    : IDecider<Effect>
{
    public Decision<Effect> Decide(RunView? view, DateTimeOffset now)
    {
        if (view is null)
        {
            return Decision<Effect>.Refuse(Refusals.RunNotFound(Run));
        }

        var head = view.Head;
        if (!Filter.Passes(head))
        {
            return NotClaimable(head);
        }

        var draft = new RunDraft(view, now, Options);
        if (head.State == RunState.Queued || IsAssigned(head))
        {
            draft.HandTo(Request.WorkerId, Claim);
            return Taken(draft);
        }

        return MayTakeOver(view, now) ? TakeOver(draft, view) : NotClaimable(head);
    }

    /// <summary>The holder is the authenticated caller together with the worker id; where no caller was recorded, the worker id alone.</summary>
    public static bool IsHolder(RunHead head, ClaimRequest request, CallContext context) =>
        head.WorkerId == request.WorkerId && (head.Claim?.Principal is not { } principal || principal == context.Principal);

    private RunClaim Claim => new(ClaimId, Context.Principal);

    /// <summary>Whether the attempt was given to the worker id, and no claim has taken it yet.</summary>
    private bool IsAssigned(RunHead head) =>
        head is { State: RunState.Provisioning, Claim: null } && head.WorkerId == Request.WorkerId;

    private bool MayTakeOver(RunView view, DateTimeOffset now)
    {
        var head = view.Head;
        var isUnheard = head.State == RunState.Provisioning && view.Progress.LastHeartbeatAt is null;
        var isStarted = head.State is RunState.Running or RunState.Paused or RunState.Errored;
        return (isUnheard || (isStarted && Request.Takeover))
            && IsHolder(head, Request, Context)
            && !AttemptHistory.IsTakenOverTooOften(head.EarlierAttempts, Options.Health.StartTimeout, now);
    }

    private Decision<Effect> TakeOver(RunDraft draft, RunView view)
    {
        var hasReported = view.Progress.LastHeartbeatAt is not null;
        if (hasReported && AttemptHistory.FailuresWith(view.Head.EarlierAttempts, view.Progress) >= Options.Health.MaxAttempts)
        {
            draft.MoveTo(RunState.Failed, "orchestrator", "its worker was started again too often without getting further", EndReason.LostWorker);
            return new Decision<Effect> { Refusal = Refusals.NotClaimable(view.Head), Change = draft.Build(), ExpectedHeartbeats = view.Progress.Heartbeats };
        }

        draft.BeginAttempt(new AttemptStart(Request.WorkerId, hasReported ? "taken over by its worker" : "claimed again")
        {
            WorkerId = Request.WorkerId,
            Claim = Claim,
            IsFailure = hasReported,
            IsTakeover = true,
        });
        return Taken(draft) with { ExpectedHeartbeats = view.Progress.Heartbeats };
    }

    private Decision<Effect> Taken(RunDraft draft) => new()
    {
        Answer = Effect.Done,
        Change = draft.Build(),
        Audit = new AuditAction(
            "worker", Context.Principal ?? Request.WorkerId, "run.claim", Context.Principal is null || Context.Principal == Request.WorkerId ? null : Request.WorkerId),
    };

    private static Decision<Effect> NotClaimable(RunHead head) => Decision<Effect>.Refuse(Refusals.NotClaimable(head));
}
