using Orchestrator.Core.Lifecycle;
using Orchestrator.Core.Sealing;
using Orchestrator.Core.Storage;
using Orchestrator.Storage;

namespace Orchestrator.Core.Commands;

/// <summary>Decides what a worker's answer to a command changes.</summary>
internal sealed record AckDecider(RunId Run, CommandId Id, Acknowledgement Acknowledgement, CallContext Context, OrchestratorOptions Options)
    : IDecider<Receipt<Command>>
{
    private const string Worker = "worker";

    public Decision<Receipt<Command>> Decide(RunView? view, DateTimeOffset now)
    {
        if (view is null)
        {
            return Decision<Receipt<Command>>.Refuse(Refusals.RunNotFound(Run));
        }

        if (view.Command is not { } command)
        {
            return Decision<Receipt<Command>>.Refuse(Refusals.CommandNotFound(Id));
        }

        if (AttemptFence.Check(view.Head, Acknowledgement.Attempt, Acknowledgement.ClaimId) is { } fenced)
        {
            return Decision<Receipt<Command>>.Refuse(fenced);
        }

        if (Acknowledgement.Attempt is null && command is { Status: CommandStatus.Pending, DeliveryCount: > 0 })
        {
            // It was delivered in an attempt that is over, and nobody has it in this one.
            return Decision<Receipt<Command>>.Refuse(Refusals.StaleAttempt(view.Head));
        }

        if (command.Acknowledgement is { } earlier)
        {
            return IsSame(earlier)
                ? Decision<Receipt<Command>>.Unchanged(new(command, Effect.None), Id)
                : Decision<Receipt<Command>>.Refuse(Refusals.AckConflict(command));
        }

        var isLive = command.Status is CommandStatus.Pending or CommandStatus.Delivered;
        var draft = new RunDraft(view, now, Options);
        var acknowledged = Record(draft, command, isLive);
        if (!draft.State.IsTerminal())
        {
            draft.SignOfLife();
            if (isLive && acknowledged.Status == CommandStatus.Applied)
            {
                Apply(draft, acknowledged);
            }
            else if (isLive)
            {
                draft.CarryWillOverAfter(command);
            }

            if (command.Type == CommandType.Terminate && Acknowledgement.Outcome == AckOutcome.Applied && draft.Termination is { } termination)
            {
                // Also when another terminate has come since: the worker agrees to end.
                draft.Termination = termination with { Acknowledged = true };
            }
        }

        return new Decision<Receipt<Command>>
        {
            Answer = new(acknowledged, Effect.Done),
            Change = draft.Build(),
            Command = Id,
            Audit = new AuditAction(Worker, Context.Principal ?? view.Head.WorkerId ?? Worker, "command.ack", OnBehalfOf: null, Target: Id.Value),
        };
    }

    private Command Record(RunDraft draft, Command command, bool isLive)
    {
        var outcome = Acknowledgement.Outcome == AckOutcome.Applied ? CommandStatus.Applied : CommandStatus.Rejected;
        var acknowledged = command with
        {
            Status = isLive ? outcome : command.Status,
            DeliveredAt = command.DeliveredAt ?? draft.Now,
            AcknowledgedAt = draft.Now,
            Acknowledgement = Acknowledgement,
        };
        draft.Put(acknowledged, EventType.CommandAcknowledged);
        return acknowledged;
    }

    private static void Apply(RunDraft draft, Command command)
    {
        switch (command.Type)
        {
            case CommandType.Pause:
                Follow(draft, RunState.Paused);
                draft.WantPaused(isPaused: true);
                break;
            case CommandType.Resume:
                Follow(draft, RunState.Running);
                draft.WantPaused(isPaused: false);
                break;
            case CommandType.Tune:
                draft.Tuned = Tuning.Merge(draft.Tuned, command);
                draft.WantTuned();
                break;
            case CommandType.Terminate:
                // The run may have left `terminating` for `errored`, and even begun another attempt: the worker ends it all the same.
                Follow(draft, RunState.Terminating);
                break;
        }

        foreach (var older in draft.Live)
        {
            if (older.Sequence < command.Sequence && IsOverridden(older, command, draft.Tuned))
            {
                draft.Supersede(older);
            }
        }
    }

    private static void Follow(RunDraft draft, RunState to)
    {
        if (StateMachine.Allows(draft.State, to))
        {
            draft.MoveTo(to, Worker, "acknowledged");
        }
    }

    private static bool IsOverridden(Command older, Command newer, IReadOnlyDictionary<string, TunedValue> tuned) => newer.Type == CommandType.Tune
        ? older.Type == CommandType.Tune && (Tuning.Covers(newer, older) || Tuning.IsOverridden(older, tuned))
        : older.Type != CommandType.Tune;

    /// <summary>Whether an answer that was given before says the same: the outcome, and the values where both give them.</summary>
    private bool IsSame(Acknowledgement earlier) =>
        earlier.Outcome == Acknowledgement.Outcome
        && (earlier.Applied is null
            || Acknowledgement.Applied is null
            || (earlier.Applied.Count == Acknowledgement.Applied.Count
                && earlier.Applied.All(pair => Acknowledgement.Applied.TryGetValue(pair.Key, out var value) && value.Equals(pair.Value))));
}
