using Orchestrator.Core.Storage;
using Orchestrator.Storage;

namespace Orchestrator.Core.Runs;

/// <summary>
/// Decides whether a worker gets a run that was seen queued, or one that it claimed before and has sent no heartbeat for: it never learnt
/// that it has it. Asking for other labels now, it claims another one. A run that is neither any more is refused as not found.
/// </summary>
internal sealed record ClaimDecider(RunId Run, ClaimRequest Request, OrchestratorOptions Options) : IDecider<Effect>
{
    public Decision<Effect> Decide(RunView? view, DateTimeOffset now)
    {
        if (view is { Head.State: RunState.Provisioning, Progress.LastHeartbeatAt: null } && view.Head.WorkerId == Request.WorkerId
            && view.Head.HasLabels(Request.Labels))
        {
            return Decision<Effect>.Unchanged(Effect.None);
        }

        if (view is not { Head.State: RunState.Queued })
        {
            return Decision<Effect>.Refuse(Refusals.RunNotFound(Run));
        }

        var draft = new RunDraft(view, now, Options);
        draft.HandTo(Request.WorkerId, "claimed");
        return new Decision<Effect> { Answer = Effect.Done, Change = draft.Build() };
    }
}
