using Orchestrator.Core.Commands;
using Orchestrator.Core.Runs;
using Orchestrator.Core.Storage;
using Orchestrator.Storage;

namespace Orchestrator.Core.Health;

/// <summary>Decides what has lapsed of a run by time alone: commands that expired, a termination that is no longer waited for.</summary>
internal sealed record DueDecider(RunId Run, CommandOptions Options) : IDecider<bool>
{
    public Decision<bool> Decide(RunView? view, DateTimeOffset now)
    {
        if (view is null)
        {
            return Decision<bool>.Refuse(Refusals.RunNotFound(Run));
        }

        if (view.Head.DueAt is not { } due || due > now)
        {
            return Decision<bool>.Unchanged(false);
        }

        var draft = new RunDraft(view, now, Options);
        Delivery.Expire(draft);
        if (Deadlines.EndOfTermination(view.Head, view.Progress, Options) <= now)
        {
            var endReason = view.Head.Termination!.Acknowledged ? EndReason.Terminated : EndReason.Forced;
            draft.MoveTo(RunState.Terminated, "orchestrator", "the time to terminate is over", endReason);
        }

        // Even when nothing lapsed the due time moves: signs of life have pushed the end of the termination on.
        return new Decision<bool> { Answer = true, Change = draft.Build(), ExpectedHeartbeats = view.Progress.Heartbeats };
    }
}
