using Orchestrator.Core.Lifecycle;
using Orchestrator.Core.Storage;
using Orchestrator.Storage;

namespace Orchestrator.Core.Runs;

/// <summary>Decides a new attempt.</summary>
internal sealed record AttemptDecider(RunId Run, AttemptRequest Request, Acting Acting, OrchestratorOptions Options) : IDecider<Effect>
{
    public Decision<Effect> Decide(RunView? view, DateTimeOffset now)
    {
        if (view is null)
        {
            return Decision<Effect>.Refuse(Refusals.RunNotFound(Run));
        }

        var head = view.Head;
        if (Request.ExpectedAttempt is { } expected && expected != head.Attempt)
        {
            return Decision<Effect>.Refuse(Refusals.StaleAttempt(head));
        }

        if (!StateMachine.Allows(head.State, RunState.Queued))
        {
            return Decision<Effect>.Refuse(Refusals.InvalidTransition(head.State, RunState.Queued, StateMachine.AllowedFrom(head.State)));
        }

        var draft = new RunDraft(view, now, Options);
        draft.BeginAttempt(new AttemptStart(Acting.Id, Request.Reason) { WorkerId = Request.WorkerId, ResumeFrom = Request.ResumeFrom });
        return new Decision<Effect>
        {
            Answer = Effect.Done,
            Change = draft.Build(),
            ExpectedHeartbeats = view.Progress.Heartbeats,
            Audit = Acting.Audit("run.attempt"),
        };
    }
}
