using Orchestrator.Core.Lifecycle;
using Orchestrator.Core.Sealing;
using Orchestrator.Core.Storage;
using Orchestrator.Storage;

namespace Orchestrator.Core.Commands;

/// <summary>Decides whether a command is accepted, and what its acceptance overrides.</summary>
internal sealed record EnqueueDecider(RunId Run, CommandId Id, NewCommand Request, Acting Acting, OrchestratorOptions Options)
    : IDecider<Receipt<Command>>
{
    public Decision<Receipt<Command>> Decide(RunView? view, DateTimeOffset now)
    {
        if (view is null)
        {
            return Refuse(Refusals.RunNotFound(Run));
        }

        if (view.Command is { } existing)
        {
            return IsSame(existing)
                ? Decision<Receipt<Command>>.Unchanged(new(existing, Effect.None), existing.Id)
                : Refuse(Refusals.CommandIdConflict(Id));
        }

        var type = Request.Type!.Value;
        var draft = new RunDraft(view, now, Options);
        Delivery.Expire(draft);
        var projected = Projection.Of(draft.State, draft.Live);
        if (!Projection.Fits(type, projected))
        {
            return Refuse(Refusals.InvalidState(type, draft.State, projected));
        }

        if (type != CommandType.Terminate && draft.Live.Count(command => !RunDraft.IsCarriedOver(command)) >= Options.Commands.MaxPending)
        {
            return Refuse(Refusals.QueueFull(Options.Commands.MaxPending));
        }

        foreach (var other in draft.Live)
        {
            if (IsOverriddenOnAcceptance(other, type))
            {
                draft.Supersede(other);
            }
        }

        var command = Accept(draft, now);
        if (type == CommandType.Terminate)
        {
            var to = draft.State == RunState.Queued ? RunState.Terminated : RunState.Terminating;
            draft.MoveTo(to, Acting.Id, command.Payload!.Value.GetProperty("reason").GetString());
        }

        var change = draft.Build();
        return new Decision<Receipt<Command>>
        {
            Answer = new(change.Commands[^1], Effect.Done),
            Change = change,
            Command = Id,
            Audit = Acting.Audit("command." + type.ToWireName(), Id.Value),
        };
    }

    private Command Accept(RunDraft draft, DateTimeOffset now)
    {
        var command = new Command
        {
            Id = Id,
            RunId = Run,
            Sequence = draft.Commands + 1,
            Type = Request.Type!.Value,
            Payload = Request.Payload,
            Actor = Acting.Actor,
            OnBehalfOf = Acting.OnBehalfOf,
            IssuedAt = Request.IssuedAt,
            ExpiresAt = Request.ExpiresAt,
            CreatedAt = now,
        };
        draft.Accept(command);
        return command;
    }

    private static bool IsOverriddenOnAcceptance(Command other, CommandType accepted) => accepted switch
    {
        CommandType.Terminate => true,
        CommandType.Resume => other is { Type: CommandType.Pause, Status: CommandStatus.Pending },
        CommandType.Pause => other is { Type: CommandType.Resume, Status: CommandStatus.Pending },
        _ => false,
    };

    private bool IsSame(Command existing) =>
        existing.Type == Request.Type
        && existing.Actor == Acting.Actor
        && existing.OnBehalfOf == Acting.OnBehalfOf
        && existing.ExpiresAt == Request.ExpiresAt
        && (existing.Payload is { } stored
            ? Request.Payload is { } given && CanonicalJson.AreSame(stored, given)
            : Request.Payload is null);

    private static Decision<Receipt<Command>> Refuse(Refusal refusal) => Decision<Receipt<Command>>.Refuse(refusal);
}
