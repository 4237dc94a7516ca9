namespace Orchestrator.Storage.Conformance.Invariants;

/// <summary>A run as the contract tells it: plain fields, changed one by one.</summary>
internal sealed class ModelRun(RunId id, int priority)
{
    /// <summary>The table of the contract, section 1.</summary>
    private static readonly Dictionary<RunState, string> Table = new()
    {
        [RunState.Queued] = "provisioning running paused terminating errored failed terminated",
        [RunState.Provisioning] = "queued running paused terminating completed errored failed terminated",
        [RunState.Running] = "paused terminating completed errored failed terminated queued",
        [RunState.Paused] = "running terminating errored failed terminated queued",
        [RunState.Terminating] = "completed failed errored terminated",
        [RunState.Errored] = "running paused terminating failed terminated queued",
        [RunState.Completed] = "",
        [RunState.Failed] = "",
        [RunState.Terminated] = "",
    };

    public RunId Id => id;

    public int Priority => priority;

    public RunState State { get; private set; } = RunState.Queued;

    public int Attempt { get; private set; } = 1;

    public string? Worker { get; set; }

    public bool Claimed { get; set; }

    /// <summary>Whether a claim has taken the current attempt; one that was assigned to a worker has no holder yet.</summary>
    public bool HasHolder { get; set; }

    /// <summary>When claims took the run over, oldest first.</summary>
    public List<DateTimeOffset> Takeovers { get; } = [];

    /// <summary>Whether the last applied <c>pause</c> or <c>resume</c> was a <c>pause</c>.</summary>
    public bool WantedPaused { get; set; }

    /// <summary>The values of the applied tunes, in every attempt.</summary>
    public Dictionary<string, double> Wanted { get; } = [];

    public RuntimeStatus? Status { get; set; }

    public long Step { get; set; }

    public long Checkpoint { get; set; }

    public double? Loss { get; set; }

    public long? Beat { get; set; }

    public long Heartbeats { get; set; }

    public DateTimeOffset? LastHeartbeatAt { get; set; }

    public int QuickStatusChanges { get; set; }

    public DateTimeOffset LastSignAt { get; set; }

    public DateTimeOffset TerminatingSince { get; private set; }

    public bool AgreedToEnd { get; set; }

    public DateTimeOffset? StartedAt { get; private set; }

    public DateTimeOffset? EndedAt { get; private set; }

    public EndReason? EndReason { get; private set; }

    public RefusalCode? LastRefusal { get; private set; }

    public Dictionary<string, (double? Value, long Sequence)> Tuned { get; } = [];

    public List<ModelCommand> Commands { get; } = [];

    public List<(RunState? From, RunState To, int Attempt)> Path { get; } = [(null, RunState.Queued, 1)];

    private HashSet<RefusalCode> Refused { get; } = [];

    public bool HasEnded => IsTerminal(State);

    public IEnumerable<ModelCommand> Live => Commands.Where(command => command.IsLive);

    public static bool Allows(RunState from, RunState to) => Table[from].Split(' ').Contains(to.ToWireName());

    public static bool IsTerminal(RunState state) => Table[state] is "";

    public RunFacts Facts() => new(
        Id,
        State,
        Attempt,
        Worker,
        Status,
        Step,
        Checkpoint,
        Loss,
        Heartbeats,
        LastHeartbeatAt,
        StartedAt,
        EndedAt,
        EndReason,
        LastRefusal,
        Values.Show(Tuned.Where(pair => pair.Value.Value is not null).Select(pair => KeyValuePair.Create(pair.Key, pair.Value.Value!.Value))));

    public void MoveTo(RunState to, DateTimeOffset now, EndReason? endReason = null)
    {
        if (State == to)
        {
            return;
        }

        Path.Add((State, to, Attempt));
        State = to;
        switch (to)
        {
            case RunState.Running:
                StartedAt ??= now;
                break;
            case RunState.Completed or RunState.Failed or RunState.Terminated when Path[^1].From == RunState.Provisioning && Worker is not null:
                StartedAt ??= LastSignAt;
                break;
            case RunState.Terminating:
                (TerminatingSince, AgreedToEnd) = (now, false);
                break;
        }

        if (to is RunState.Provisioning or RunState.Running or RunState.Paused or RunState.Terminating or RunState.Errored)
        {
            LastSignAt = now;
        }

        if (HasEnded)
        {
            EndedAt = now;
            EndReason = endReason ?? to switch
            {
                RunState.Completed => Orchestrator.EndReason.Completed,
                RunState.Failed => Orchestrator.EndReason.Failed,
                _ => Orchestrator.EndReason.Terminated,
            };
            foreach (var command in Live.ToList())
            {
                command.Status = command.Type == CommandType.Terminate && to == RunState.Terminated ? CommandStatus.Applied : CommandStatus.Superseded;
            }
        }
    }

    /// <summary>Begins an attempt at these counters; without any at 0, or, after an attempt that reported nothing, at that one's.</summary>
    public void BeginAttempt(DateTimeOffset now, string? worker, (long Step, long Checkpoint)? counters, bool hasFinalReport = false)
    {
        (Step, Checkpoint) = counters ?? (LastHeartbeatAt is not null || hasFinalReport ? (0, 0) : (Step, Checkpoint));
        Attempt++;
        (Worker, HasHolder) = (worker, false);
        Claimed |= worker is not null;
        (Status, Loss, Beat, LastHeartbeatAt, QuickStatusChanges) = (null, null, null, null, 0);
        foreach (var (name, tuned) in Tuned)
        {
            Tuned[name] = (null, tuned.Sequence);
        }

        Refused.Clear();
        MoveTo(RunState.Queued, now);
        if (worker is not null)
        {
            MoveTo(RunState.Provisioning, now);
        }

        foreach (var command in Live)
        {
            command.Status = CommandStatus.Pending;
        }

        CarryOver();
    }

    /// <summary>Queues what operators want and what is neither in force nor follows from the unacknowledged commands.</summary>
    /// <param name="lapsed">The command that has just lapsed, whose place alone is taken; <see langword="null"/> for everything.</param>
    public void CarryOver(ModelCommand? lapsed = null)
    {
        if (State == RunState.Terminating || Live.Any(command => command.Type == CommandType.Terminate))
        {
            return;
        }

        var missing = Wanted.Where(pair => lapsed?.Values.ContainsKey(pair.Key) != false && !IsSet(pair.Key)).ToDictionary();
        if (missing.Count > 0)
        {
            Add(CommandType.Tune, missing);
        }

        if (WantedPaused && lapsed?.Type != CommandType.Tune && State != RunState.Paused && !Live.Any(command => command.Type is CommandType.Pause or CommandType.Resume))
        {
            Add(CommandType.Pause, []);
        }

        bool IsSet(string name) => Tuned.TryGetValue(name, out var tuned) && tuned.Value is not null
            || Live.Any(command => command.Values.ContainsKey(name) && command.Sequence > (Tuned.TryGetValue(name, out var last) ? last.Sequence : 0));

        void Add(CommandType type, Dictionary<string, double> values) => Commands.Add(new ModelCommand
        {
            Id = CommandFacts.CarriedOver(Commands.Count + 1),
            Sequence = Commands.Count + 1,
            Type = type,
            Values = values,
            ExpiresAt = null,
            IsCarriedOver = true,
        });
    }

    /// <summary>The first refusal of each code in an attempt is kept.</summary>
    public Answer Refuse(RefusalCode code)
    {
        if (Refused.Add(code))
        {
            LastRefusal = code;
        }

        return Answer.Refuse(code);
    }

    /// <summary>Why what was sent for this attempt is refused.</summary>
    public RefusalCode? Fence(int? attempt) =>
        attempt < Attempt ? RefusalCode.StaleAttempt
        : attempt > Attempt ? RefusalCode.UnknownAttempt
        : null;
}

/// <summary>A command as the contract tells it.</summary>
internal sealed class ModelCommand
{
    public required CommandId Id { get; init; }

    public required long Sequence { get; init; }

    public required CommandType Type { get; init; }

    public required Dictionary<string, double> Values { get; init; }

    public required DateTimeOffset? ExpiresAt { get; init; }

    public bool IsCarriedOver { get; init; }

    public CommandStatus Status { get; set; } = CommandStatus.Pending;

    public int Deliveries { get; set; }

    public DateTimeOffset? DeliveredAt { get; set; }

    public DateTimeOffset? AcknowledgedAt { get; set; }

    public AckOutcome? Outcome { get; set; }

    public bool IsLive => Status is CommandStatus.Pending or CommandStatus.Delivered;

    public bool HasExpired(DateTimeOffset now) => Status == CommandStatus.Pending && ExpiresAt <= now;

    public bool Overrides(ModelCommand older) => Type == CommandType.Tune
        ? older.Type == CommandType.Tune && older.Values.Keys.All(Values.ContainsKey)
        : older.Type != CommandType.Tune;

    public CommandFacts Facts(Func<string, bool>? shows = null) => new(
        Id,
        Sequence,
        Type,
        Invariants.Values.Show(Values.Where(pair => shows is null || shows(pair.Key))),
        Status,
        Deliveries,
        DeliveredAt,
        AcknowledgedAt,
        Outcome);
}
