using Orchestrator.Core.Health;
using Orchestrator.Storage;

namespace Orchestrator.Core.Lifecycle;

/// <summary>
/// Gathers what one decision changes of a run and makes one <see cref="RunChange"/> of it. Lives for one decision, on one thread.
/// </summary>
internal sealed partial class RunDraft
{
    private readonly RunHead _before;
    private readonly OrchestratorOptions _options;
    private readonly List<RunEvent> _events = [];
    private readonly List<StateTransition> _transitions = [];
    private RunProgress _progress;
    private bool _progressReplaced;

    public RunDraft(RunView view, DateTimeOffset now, OrchestratorOptions options)
        : this(view.Head, view.Progress, view.Live, now, options)
    {
    }

    private RunDraft(RunHead head, RunProgress progress, IReadOnlyList<Command> live, DateTimeOffset now, OrchestratorOptions options)
    {
        _before = head;
        _progress = progress;
        _options = options;
        Now = now;
        Live = live;
        State = head.State;
        Attempt = head.Attempt;
        WorkerId = head.WorkerId;
        Claimed = head.Claimed;
        Claim = head.Claim;
        EarlierAttempts = head.EarlierAttempts;
        Will = head.Will;
        ResumePoint = head.ResumePoint;
        StartedAt = head.StartedAt;
        Ending = head.Ending;
        Termination = head.Termination;
        Health = head.Health;
        HealthChangedAt = head.HealthChangedAt;
        LastSignAt = head.LastSignAt;
        SnoozedUntil = head.SnoozedUntil;
        PolicyDueAt = head.PolicyDueAt;
        LastRefusal = head.LastRefusal;
        KeptRefusals = head.KeptRefusals;
        QuickStatusChanges = head.QuickStatusChanges;
        LossDiverged = head.LossDiverged;
        Tuned = head.Tuned;
        Commands = head.Commands;
    }

    public DateTimeOffset Now { get; }

    public RunState State { get; private set; }

    public int Attempt { get; private set; }

    public string? WorkerId { get; private set; }

    public bool Claimed { get; private set; }

    public RunClaim? Claim { get; private set; }

    public EarlierAttempts? EarlierAttempts { get; private set; }

    public OperatorWill? Will { get; set; }

    public ResumePoint? ResumePoint { get; private set; }

    public DateTimeOffset? StartedAt { get; private set; }

    public RunEnding? Ending { get; private set; }

    public Termination? Termination { get; set; }

    public HealthStatus Health { get; private set; }

    public DateTimeOffset? HealthChangedAt { get; private set; }

    public DateTimeOffset? LastSignAt { get; private set; }

    public DateTimeOffset? SnoozedUntil { get; set; }

    public DateTimeOffset? PolicyDueAt { get; set; }

    public LastRefusal? LastRefusal { get; private set; }

    public uint KeptRefusals { get; private set; }

    public QuickStatusChanges? QuickStatusChanges { get; set; }

    public bool LossDiverged { get; set; }

    public IReadOnlyDictionary<string, TunedValue> Tuned { get; set; }

    public HealthPolicy? HealthPolicy => _before.HealthPolicy;

    /// <summary>The progress as drafted so far; setting it replaces what the store holds.</summary>
    public RunProgress Progress
    {
        get => _progress;
        set => (_progress, _progressReplaced) = (value, true);
    }

    /// <summary>How long the last sign of life was ago, before anything was drafted.</summary>
    public TimeSpan Silence => Now - _before.LastSign(_progress);

    /// <summary>The draft of a run that does not exist yet.</summary>
    public static RunDraft Create(RunHead head, string changedBy, OrchestratorOptions options)
    {
        var draft = new RunDraft(head with { Revision = 0 }, RunProgress.None, [], head.CreatedAt, options) { Progress = RunProgress.None };
        draft.Record(null, head.State, changedBy, null);
        draft.Emit(EventType.RunCreated, new RunCreatedData(head.ExperimentId, head.VersionId, head.CreatedBy));
        return draft;
    }

    public void Emit(EventType type, EventData data) =>
        _events.Add(new RunEvent(_before.Events + _events.Count + 1, type, Now, _before.Id, Attempt, data));

    /// <summary>Moves the run. That the table allows it is the caller's knowledge; staying where it is changes nothing.</summary>
    /// <param name="to">The new state.</param>
    /// <param name="changedBy">Who moves it.</param>
    /// <param name="reason">Why, in words.</param>
    /// <param name="endReason">Why it ends, where the state does not say.</param>
    public void MoveTo(RunState to, string changedBy, string? reason, EndReason? endReason = null)
    {
        if (State == to)
        {
            return;
        }

        var from = State;
        State = to;
        StartedAt ??= to == RunState.Running ? Now : to.IsTerminal() ? StartOfUnheard(from, endReason) : null;
        Termination = to == RunState.Terminating ? new Termination(Now, Acknowledged: false) : to.IsTerminal() ? Termination : null;
        Ending = to.IsTerminal() ? new RunEnding(endReason ?? ReasonOf(to), Now, reason) : null;
        var transition = Record(from, to, changedBy, reason);
        Emit(EventType.RunStateChanged, new StateChangedData(transition, Ending?.Reason));
        if (to.IsTerminal())
        {
            Settle(to);
        }
        else if (to == RunState.Provisioning || Liveness.IsWatched(to))
        {
            SignOfLife();
        }
    }

    /// <summary>Hands the current attempt to a worker: a queued run becomes provisioning, an assigned one gets its holder.</summary>
    public void HandTo(string workerId, RunClaim claim)
    {
        WorkerId = workerId;
        Claimed = true;
        Claim = claim;
        if (State == RunState.Provisioning)
        {
            SignOfLife();
        }
        else
        {
            MoveTo(RunState.Provisioning, workerId, "claimed");
        }
    }

    /// <summary>The worker is alive, as something other than a heartbeat shows. It ends silence, and says nothing of a standstill.</summary>
    public void SignOfLife()
    {
        LastSignAt = Now;
        if (Liveness.IsSilent(Health))
        {
            Conclude(Liveness.AfterSilence(State, _progress, Thresholds.Of(HealthPolicy, _options.Health)));
        }
    }

    /// <summary>Draws a conclusion about the run; the one that stands changes nothing.</summary>
    public void Conclude(HealthStatus health)
    {
        if (Health == health)
        {
            return;
        }

        Emit(EventType.RunHealthChanged, new HealthChangedData(Health, health, Silence)
        {
            Standstill = health == HealthStatus.Stalled ? Now - _progress.AdvancedAt : null,
        });
        Health = health;
        HealthChangedAt = Now;
        PolicyDueAt = null;
    }

    /// <summary>Keeps the refusal of a heartbeat, the first of its code in the attempt.</summary>
    public void Keep(RefusalCode code)
    {
        KeptRefusals |= 1u << (int)code;
        LastRefusal = new LastRefusal(code, Now);
        Emit(EventType.RunHeartbeatRefused, new HeartbeatRefusedData(code));
    }

    /// <summary>The change, with every counter moved by what was added.</summary>
    public RunChange Build(RunManifest? manifest = null)
    {
        var due = Deadlines.Of(this, _options);
        return new()
        {
            Head = _before with
            {
                State = State,
                Attempt = Attempt,
                WorkerId = WorkerId,
                Claimed = Claimed,
                Claim = Claim,
                EarlierAttempts = EarlierAttempts,
                Will = Will,
                ResumePoint = ResumePoint,
                StartedAt = StartedAt,
                Ending = Ending,
                Termination = Termination,
                Health = Health,
                HealthChangedAt = HealthChangedAt,
                LastSignAt = LastSignAt,
                SnoozedUntil = SnoozedUntil,
                PolicyDueAt = PolicyDueAt,
                LastRefusal = LastRefusal,
                KeptRefusals = KeptRefusals,
                QuickStatusChanges = QuickStatusChanges,
                LossDiverged = LossDiverged,
                Tuned = Tuned,
                DueAt = due.At,
                DueAfterSilence = due.Silence,
                DueAfterStandstill = due.Standstill,
                Commands = Commands,
                Events = _before.Events + _events.Count,
                Transitions = _before.Transitions + _transitions.Count,
                ChangedAt = Now,
                Revision = _before.Revision + 1,
            },
            Progress = _progressReplaced ? _progress : null,
            Manifest = manifest,
            Transitions = _transitions,
            Commands = _commands,
            Events = _events,
        };
    }

    /// <summary>When a run began that ends before its first heartbeat: when it was handed to its worker. A start that timed out was none.</summary>
    private DateTimeOffset? StartOfUnheard(RunState from, EndReason? endReason) =>
        from == RunState.Provisioning && WorkerId is not null && endReason != EndReason.StartTimeout ? LastSignAt ?? Now : null;

    private StateTransition Record(RunState? from, RunState to, string changedBy, string? reason)
    {
        var transition = new StateTransition(_before.Transitions + _transitions.Count + 1, from, to, changedBy, reason, Attempt, Now);
        _transitions.Add(transition);
        return transition;
    }

    private static EndReason ReasonOf(RunState state) => state switch
    {
        RunState.Completed => EndReason.Completed,
        RunState.Failed => EndReason.Failed,
        _ => EndReason.Terminated,
    };
}
