using Orchestrator.Core.Lifecycle;
using Orchestrator.Core.Storage;
using Orchestrator.Core.Validation;
using Orchestrator.Storage;

namespace Orchestrator.Core.Runs;

/// <summary>Decides until when nothing is concluded from a run's silence.</summary>
internal sealed record SnoozeDecider(RunId Run, SnoozeRequest Request, Acting Acting, OrchestratorOptions Options) : IDecider<Effect>
{
    public Decision<Effect> Decide(RunView? view, DateTimeOffset now)
    {
        if (view is null)
        {
            return Decision<Effect>.Refuse(Refusals.RunNotFound(Run));
        }

        if (view.Head.State.IsTerminal())
        {
            return Decision<Effect>.Refuse(Refusals.RunEnded(view.Head));
        }

        if (Request.Until - now > RunValidation.LongestSnooze)
        {
            var faults = new Faults();
            faults.Add("until", "must be at most 366 days away");
            return Decision<Effect>.Refuse(faults.ToRefusal()!);
        }

        var asked = Request.Until ?? now + Request.For;
        var until = asked > now ? asked : null;
        var draft = new RunDraft(view, now, Options) { SnoozedUntil = until };
        draft.Emit(EventType.RunSnoozed, new SnoozedData(until, Request.Reason, Acting.Actor));
        return new Decision<Effect> { Answer = Effect.Done, Change = draft.Build(), Audit = Acting.Audit("run.snooze") };
    }
}
