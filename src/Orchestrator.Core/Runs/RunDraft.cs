using Orchestrator.Storage;

namespace Orchestrator.Core.Runs;

/// <summary>
/// Gathers what one decision changes of a run and makes one <see cref="RunChange"/> of it. Lives for one decision, on one thread.
/// </summary>
internal sealed class RunDraft
{
    private readonly RunHead _before;
    private readonly CommandOptions _options;
    private readonly List<RunEvent> _events = [];
    private readonly List<Command> _commands = [];
    private IReadOnlyList<StateTransition> _transitions = [];
    private IReadOnlyList<Command> _live;
    private RunProgress _progress;
    private bool _progressReplaced;

    public RunDraft(RunView view, DateTimeOffset now, CommandOptions options)
        : this(view.Head, view.Progress, view.Live, now, options)
    {
    }

    private RunDraft(RunHead head, RunProgress progress, IReadOnlyList<Command> live, DateTimeOffset now, CommandOptions options)
    {
        _before = head;
        _progress = progress;
        _live = live;
        _options = options;
        Head = head;
        Now = now;
    }

    public DateTimeOffset Now { get; }

    /// <summary>The head as drafted so far. Counters of what is added, revision and times are settled by <see cref="Build"/>.</summary>
    public RunHead Head { get; set; }

    /// <summary>The progress as drafted so far; setting it replaces what the store holds.</summary>
    public RunProgress Progress
    {
        get => _progress;
        set => (_progress, _progressReplaced) = (value, true);
    }

    /// <summary>The commands that are pending or delivered, by sequence, as drafted so far. Each list is a copy of its own: one that is walked never changes.</summary>
    public IReadOnlyList<Command> Live => _live;

    /// <summary>Whether anything is to be written.</summary>
    public bool IsChanged => !ReferenceEquals(Head, _before) || _events.Count > 0 || _commands.Count > 0 || _progressReplaced;

    /// <summary>The draft of a run that does not exist yet.</summary>
    public static RunDraft Create(RunHead head, string changedBy, CommandOptions options)
    {
        var draft = new RunDraft(head with { Revision = 0 }, RunProgress.None, [], head.CreatedAt, options) { Progress = RunProgress.None };
        draft.Record(null, head.State, changedBy, null);
        draft.Emit(EventType.RunCreated, new RunCreatedData(head.ExperimentId, head.VersionId, head.CreatedBy));
        return draft;
    }

    public void Emit(EventType type, EventData data) =>
        _events.Add(new RunEvent(_before.Events + _events.Count + 1, type, Now, _before.Id, Head.Attempt, data));

    /// <summary>Adds a command, or replaces the one of its id.</summary>
    public void Put(Command command, EventType? tell = null)
    {
        Replace(_commands, command);
        var live = _live.Where(other => other.Id != command.Id);
        _live = command.Status is CommandStatus.Pending or CommandStatus.Delivered
            ? [.. live.Append(command).OrderBy(other => other.Sequence)]
            : [.. live];
        if (tell is { } type)
        {
            Emit(type, new CommandData(command));
        }
    }

    public void Supersede(Command command) =>
        Put(command with { Status = CommandStatus.Superseded }, EventType.CommandSuperseded);

    /// <summary>Moves the run. That the table allows it is the caller's knowledge; staying where it is changes nothing.</summary>
    /// <param name="to">The new state.</param>
    /// <param name="changedBy">Who moves it.</param>
    /// <param name="reason">Why, in words.</param>
    /// <param name="endReason">Why it ends, where the state does not say.</param>
    public void MoveTo(RunState to, string changedBy, string? reason, EndReason? endReason = null)
    {
        if (Head.State == to)
        {
            return;
        }

        var from = Head.State;
        var ending = to.IsTerminal() ? new RunEnding(endReason ?? ReasonOf(to), Now) : null;
        Head = Head with
        {
            State = to,
            StartedAt = to == RunState.Running ? Head.StartedAt ?? Now : Head.StartedAt,
            Termination = to == RunState.Terminating ? new Termination(Now, Acknowledged: false) : to.IsTerminal() ? Head.Termination : null,
            LastSignAt = StateMachine.IsWatched(to) ? Now : Head.LastSignAt,
            Ending = ending,
        };
        var transition = Record(from, to, changedBy, reason);
        Emit(EventType.RunStateChanged, new StateChangedData(transition, ending?.Reason));
        if (to.IsTerminal())
        {
            Settle(to);
        }
    }

    /// <summary>The worker is alive, as something other than a heartbeat shows.</summary>
    public void SignOfLife()
    {
        Head = Head with { LastSignAt = Now };
        BecomeHealthy();
    }

    public void BecomeHealthy()
    {
        if (Head.Health != HealthStatus.Healthy)
        {
            Emit(EventType.RunHealthChanged, new HealthChangedData(Head.Health, HealthStatus.Healthy));
            Head = Head with { Health = HealthStatus.Healthy, HealthChangedAt = Now };
        }
    }

    /// <summary>Begins the next attempt: what the old one reported is set back, and its commands are to be delivered again.</summary>
    public void BeginAttempt(string changedBy, string? reason, string? workerId, ResumePoint? resumeFrom)
    {
        var from = resumeFrom ?? new ResumePoint(0, 0);
        Head = Head with
        {
            Attempt = Head.Attempt + 1,
            WorkerId = workerId,
            Claimed = Head.Claimed || workerId is not null,
            KeptRefusals = 0,
            LossDiverged = false,
            LastSignAt = null,
        };
        Progress = new RunProgress
        {
            CurrentStep = from.Step,
            CheckpointVersion = from.CheckpointVersion,
            CheckpointUri = resumeFrom is null ? null : _progress.CheckpointUri,
            StatusMessage = _progress.StatusMessage,
            Heartbeats = _progress.Heartbeats,
        };
        Emit(EventType.RunAttemptStarted, new AttemptStartedData(reason, workerId, from));
        BecomeHealthy();
        MoveTo(RunState.Queued, changedBy, reason);
        if (workerId is not null)
        {
            MoveTo(RunState.Provisioning, changedBy, reason);
        }

        foreach (var command in _live.Where(command => command.Status == CommandStatus.Delivered))
        {
            Put(command with { Status = CommandStatus.Pending });
        }
    }

    /// <summary>The change, with every counter moved by what was added.</summary>
    public RunChange Build(RunManifest? manifest = null) => new()
    {
        Head = Head with
        {
            Events = _before.Events + _events.Count,
            Transitions = _before.Transitions + _transitions.Count,
            DueAt = Deadlines.Next(Head, _progress, _live, _options),
            ChangedAt = Now,
            Revision = _before.Revision + 1,
        },
        Progress = _progressReplaced ? _progress : null,
        Manifest = manifest,
        Transitions = _transitions,
        Commands = _commands,
        Events = _events,
    };

    /// <summary>The end of a run settles its commands: what nobody answered is superseded, the command that caused the end applied.</summary>
    private void Settle(RunState end)
    {
        foreach (var command in _live)
        {
            if (command.Type == CommandType.Terminate && end == RunState.Terminated)
            {
                Put(command with { Status = CommandStatus.Applied }, EventType.CommandAcknowledged);
            }
            else
            {
                Supersede(command);
            }
        }
    }

    private StateTransition Record(RunState? from, RunState to, string changedBy, string? reason)
    {
        var transition = new StateTransition(_before.Transitions + _transitions.Count + 1, from, to, changedBy, reason, Head.Attempt, Now);
        _transitions = [.. _transitions, transition];
        return transition;
    }

    private static EndReason ReasonOf(RunState state) => state switch
    {
        RunState.Completed => EndReason.Completed,
        RunState.Failed => EndReason.Failed,
        _ => EndReason.Terminated,
    };

    private static void Replace(List<Command> list, Command command)
    {
        var index = list.FindIndex(other => other.Id == command.Id);
        if (index < 0)
        {
            list.Add(command);
        }
        else
        {
            list[index] = command;
        }
    }
}
