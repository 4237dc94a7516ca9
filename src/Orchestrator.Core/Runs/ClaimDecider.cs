using Orchestrator.Core.Storage;
using Orchestrator.Storage;

namespace Orchestrator.Core.Runs;

/// <summary>Decides whether a worker gets a run that was seen queued. The answer says so.</summary>
internal sealed record ClaimDecider(ClaimRequest Request, OrchestratorOptions Options) : IDecider<bool>
{
    public Decision<bool> Decide(RunView? view, DateTimeOffset now)
    {
        if (view is null)
        {
            return Decision<bool>.Refuse(Refusals.RunNotFound(default));
        }

        if (view.Head.State != RunState.Queued)
        {
            return Decision<bool>.Unchanged(false);
        }

        var draft = new RunDraft(view, now, Options);
        draft.HandTo(Request.WorkerId, "claimed");
        return new Decision<bool> { Answer = true, Change = draft.Build() };
    }
}
