using Orchestrator.Core.Lifecycle;
using Orchestrator.Core.Storage;
using Orchestrator.Storage;

namespace Orchestrator.Core.Commands;

/// <summary>Decides what a poll gets: the oldest deliverable command, or nothing yet and how long that may last.</summary>
internal sealed record NextDecider(RunId Run, int? Attempt, string? ClaimId, OrchestratorOptions Options) : IDecider<Polled>
{
    public Decision<Polled> Decide(RunView? view, DateTimeOffset now)
    {
        if (view is null)
        {
            return Decision<Polled>.Refuse(Refusals.RunNotFound(Run));
        }

        if (view.Head.State.IsTerminal())
        {
            return Decision<Polled>.Refuse(Refusals.RunEnded(view.Head));
        }

        if (AttemptFence.Check(view.Head, Attempt, ClaimId) is { } fenced)
        {
            return Decision<Polled>.Refuse(fenced);
        }

        if (!Delivery.HasWork(view.Live, now, Options.Commands))
        {
            return Decision<Polled>.Unchanged(new Polled(null, Delivery.UntilNext(view.Live, now, Options.Commands)));
        }

        var draft = new RunDraft(view, now, Options);
        var taken = Delivery.Take(draft, 1, Options.Commands);
        return new Decision<Polled>
        {
            Answer = new Polled(taken.Count == 0 ? null : taken[0], Delivery.UntilNext(draft.Live, now, Options.Commands)),
            Change = draft.Build(),
        };
    }
}

/// <summary>What a poll found.</summary>
/// <param name="Command">The command that was delivered.</param>
/// <param name="UntilNext">How long until one becomes deliverable by time alone.</param>
internal readonly record struct Polled(Command? Command, TimeSpan UntilNext);
