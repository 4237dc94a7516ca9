namespace Orchestrator.Storage.Conformance.Invariants;

internal sealed partial class Model
{
    public Answer Enqueue(RunId id, NewCommand request, Dictionary<string, double> values, string? key)
    {
        if (Find(id) is not { } run)
        {
            return Answer.Refuse(RefusalCode.RunNotFound);
        }

        var (scope, content) = ($"enqueue {id}", $"{request.Id} {request.Type} {Values.Show(values)} {request.ExpiresAt}");
        if (Recall(scope, key, content) is { } recalled)
        {
            return recalled;
        }

        if (run.Commands.Find(command => command.Id == request.Id) is { } existing)
        {
            return existing.Type == request.Type && existing.ExpiresAt == request.ExpiresAt && Values.Show(existing.Values) == Values.Show(values)
                ? Done(scope, key, content, run, existing, Effect.None)
                : Answer.Refuse(RefusalCode.CommandIdConflict);
        }

        // Judged after what has expired, and what that brings back; a refusal leaves the run as it was.
        var type = request.Type!.Value;
        var before = run.Commands.Select(known => (Command: known, known.Status)).ToList();
        Expire(run);
        var waiting = run.Live.ToList();
        RefusalCode? refused = !Fits(type, Projected(run.State, waiting)) ? RefusalCode.InvalidState
            : type != CommandType.Terminate && waiting.Count(known => !known.IsCarriedOver) >= Simulation.MaxPending ? RefusalCode.QueueFull
            : null;
        if (refused is { } code)
        {
            run.Commands.RemoveRange(before.Count, run.Commands.Count - before.Count);
            before.ForEach(known => known.Command.Status = known.Status);
            return Answer.Refuse(code);
        }

        foreach (var other in waiting)
        {
            var isUndelivered = other.Status == CommandStatus.Pending;
            if (type == CommandType.Terminate
                || (type == CommandType.Resume && other.Type == CommandType.Pause && isUndelivered)
                || (type == CommandType.Pause && other.Type == CommandType.Resume && isUndelivered))
            {
                other.Status = CommandStatus.Superseded;
            }
        }

        var command = new ModelCommand
        {
            Id = request.Id!.Value,
            Sequence = run.Commands.Count + 1,
            Type = type,
            Values = values,
            ExpiresAt = request.ExpiresAt,
        };
        run.Commands.Add(command);
        if (type == CommandType.Terminate)
        {
            run.MoveTo(run.State == RunState.Queued ? RunState.Terminated : RunState.Terminating, Now);
        }

        return Done(scope, key, content, run, command);
    }

    public Answer Next(RunId id, int? attempt)
    {
        if (Find(id) is not { } run)
        {
            return Answer.Refuse(RefusalCode.RunNotFound);
        }

        if (run.HasEnded)
        {
            return Answer.Refuse(RefusalCode.RunEnded);
        }

        return run.Fence(attempt) is { } fenced ? Answer.Refuse(fenced) : new Answer(Command: Take(run, 1).FirstOrDefault());
    }

    public Answer Acknowledge(RunId id, CommandId commandId, Acknowledgement request, string? key)
    {
        if (Find(id) is not { } run)
        {
            return Answer.Refuse(RefusalCode.RunNotFound);
        }

        var (scope, content) = ($"ack {id} {commandId}", $"{request.Outcome} {Values.Show(request.Applied ?? new Dictionary<string, double>())} {request.Attempt}");
        if (Recall(scope, key, content) is { } recalled)
        {
            return recalled;
        }

        if (run.Commands.Find(known => known.Id == commandId) is not { } command)
        {
            return Answer.Refuse(RefusalCode.CommandNotFound);
        }

        if (run.Fence(request.Attempt) is { } fenced)
        {
            return Answer.Refuse(fenced);
        }

        if (request.Attempt is null && command.Status == CommandStatus.Pending && command.Deliveries > 0)
        {
            return Answer.Refuse(RefusalCode.StaleAttempt);
        }

        if (command.Outcome is { } earlier)
        {
            return earlier == request.Outcome
                ? Done(scope, key, content, run, command, Effect.None)
                : Answer.Refuse(RefusalCode.AckConflict);
        }

        var wasLive = command.IsLive;
        (command.Outcome, command.AcknowledgedAt) = (request.Outcome, Now);
        command.DeliveredAt ??= Now;
        run.LastSignAt = Now;
        if (wasLive)
        {
            command.Status = request.Outcome == AckOutcome.Applied ? CommandStatus.Applied : CommandStatus.Rejected;
            if (request.Outcome == AckOutcome.Applied)
            {
                Apply(run, command, request.Applied);
            }
            else
            {
                CarryOverAfter(run, command);
            }
        }

        run.AgreedToEnd |= command.Type == CommandType.Terminate && request.Outcome == AckOutcome.Applied && run.State == RunState.Terminating;

        return Done(scope, key, content, run, command);
    }

    /// <summary>Operators want what they wanted before a command lapsed; a worker that refuses that itself is not asked again.</summary>
    private static void CarryOverAfter(ModelRun run, ModelCommand lapsed)
    {
        if (!lapsed.IsCarriedOver && !run.HasEnded)
        {
            run.CarryOver(lapsed.Type == CommandType.Terminate ? null : lapsed);
        }
    }

    private void Apply(ModelRun run, ModelCommand command, IReadOnlyDictionary<string, double>? applied)
    {
        run.WantedPaused = command.Type is CommandType.Pause or CommandType.Resume ? command.Type == CommandType.Pause : run.WantedPaused;
        switch (command.Type)
        {
            case CommandType.Pause when ModelRun.Allows(run.State, RunState.Paused):
                run.MoveTo(RunState.Paused, Now);
                break;
            case CommandType.Resume when ModelRun.Allows(run.State, RunState.Running):
                run.MoveTo(RunState.Running, Now);
                break;
            case CommandType.Terminate:
                if (ModelRun.Allows(run.State, RunState.Terminating))
                {
                    run.MoveTo(RunState.Terminating, Now);
                }

                break;
            case CommandType.Tune:
                // An answer that leaves a name out says nothing of its value, but an older tune of it is over all the same;
                // one that tells of a name that was not asked for ends no older tune of it.
                foreach (var name in command.Values.Keys.Union((applied ?? command.Values).Keys))
                {
                    var present = run.Tuned.GetValueOrDefault(name);
                    if (present.Sequence < command.Sequence)
                    {
                        run.Tuned[name] = ((applied ?? command.Values).TryGetValue(name, out var value) ? value : present.Value, command.Values.ContainsKey(name) ? command.Sequence : present.Sequence);
                    }
                }

                foreach (var (name, tuned) in run.Tuned.Where(pair => pair.Value.Value is not null))
                {
                    run.Wanted[name] = tuned.Value!.Value;
                }

                break;
        }

        foreach (var older in run.Live.Where(older => older.Sequence < command.Sequence && (command.Overrides(older) || IsPointless(older))).ToList())
        {
            older.Status = CommandStatus.Superseded;
        }

        bool IsPointless(ModelCommand older) => command.Type == CommandType.Tune && older.Type == CommandType.Tune
            && older.Values.Keys.All(name => run.Tuned.TryGetValue(name, out var tuned) && tuned.Sequence > older.Sequence);
    }

    /// <summary>Delivers the oldest commands that can be delivered, without the settings that a later command has made since.</summary>
    private List<CommandFacts> Take(ModelRun run, int max)
    {
        Expire(run);
        var deliverable = run.Live
            .Where(command => command.Status == CommandStatus.Pending || Now >= command.DeliveredAt + Simulation.RedeliveryTimeout)
            .Take(max)
            .ToList();
        foreach (var command in deliverable)
        {
            (command.Status, command.DeliveredAt) = (CommandStatus.Delivered, Now);
            command.Deliveries++;
        }

        return [.. deliverable.Select(command =>
            command.Facts(name => !run.Tuned.TryGetValue(name, out var tuned) || tuned.Sequence < command.Sequence))];
    }

    public void Expire(ModelRun run)
    {
        foreach (var command in run.Live.Where(command => command.HasExpired(Now)).ToList())
        {
            command.Status = CommandStatus.Expired;
            CarryOverAfter(run, command);
        }
    }

    /// <summary>Where the run will be once these commands are done, in order.</summary>
    private static RunState Projected(RunState state, List<ModelCommand> commands)
    {
        foreach (var command in commands.Where(_ => state != RunState.Terminating))
        {
            state = command.Type switch
            {
                CommandType.Pause => RunState.Paused,
                CommandType.Resume => RunState.Running,
                CommandType.Terminate => RunState.Terminating,
                _ => state,
            };
        }

        return state;
    }

    private static bool Fits(CommandType type, RunState projected) => type switch
    {
        CommandType.Pause => projected is RunState.Running or RunState.Provisioning,
        CommandType.Resume => projected is RunState.Paused,
        CommandType.Tune => projected is RunState.Running or RunState.Paused,
        _ => !ModelRun.IsTerminal(projected),
    };
}
