using System.Collections.Frozen;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Orchestrator;

/// <summary>
/// What control changes of a run, and what never changes: everything but the counters that plain heartbeats move
/// (<see cref="RunProgress"/>) and the manifest. Immutable; every change makes a new head with the next <see cref="Revision"/>.
/// </summary>
public sealed record RunHead
{
    // UTC ticks, 0 for none: a third of what a DateTimeOffset? takes, in the object that every change makes anew.
    private readonly long _createdTicks;
    private readonly long _startedTicks;
    private readonly long _healthChangedTicks;
    private readonly long _lastSignTicks;
    private readonly long _snoozedUntilTicks;
    private readonly long _policyDueTicks;
    private readonly long _dueTicks;
    private readonly long _changedTicks;
    private UnknownMembers _unknown;

    /// <summary>The run.</summary>
    public required RunId Id { get; init; }

    /// <summary>The experiment it belongs to.</summary>
    public required ExperimentId ExperimentId { get; init; }

    /// <summary>The version it executes.</summary>
    public required VersionId VersionId { get; init; }

    /// <summary>Higher is claimed first.</summary>
    public int Priority { get; init; }

    /// <summary>Names and values to find and claim runs by.</summary>
    public IReadOnlyDictionary<string, string> Labels { get; init; } = FrozenDictionary<string, string>.Empty;

    /// <summary>What a worker must offer to be given the run, all of it; empty for nothing.</summary>
    public IReadOnlyDictionary<string, string> Requires
    {
        get;

        // Reading stored JSON sets each init-only member, to null where an earlier version did not write it.
        init => field = value ?? FrozenDictionary<string, string>.Empty;
    } = FrozenDictionary<string, string>.Empty;

    /// <summary>Thresholds of this run's own.</summary>
    public HealthPolicy? HealthPolicy { get; init; }

    /// <summary>Who created it.</summary>
    public string? CreatedBy { get; init; }

    /// <summary>When it was created.</summary>
    public required DateTimeOffset CreatedAt
    {
        get => new(_createdTicks, TimeSpan.Zero);
        init => _createdTicks = value.UtcTicks;
    }

    /// <summary>
    /// The fingerprint of the request that created it, its id apart: what a creation with the same id is compared with, whatever was changed since.
    /// <see langword="null"/> for a run from before there were fingerprints.
    /// </summary>
    public string? Fingerprint { get; init; }

    /// <summary>Where it is in its life.</summary>
    public RunState State { get; init; } = RunState.Queued;

    /// <summary>Which try of its execution this is, from 1.</summary>
    public int Attempt { get; init; } = 1;

    /// <summary>The worker that has it.</summary>
    public string? WorkerId { get; init; }

    /// <summary>Whether a worker ever had it by name: from then on heartbeats must name their attempt.</summary>
    public bool Claimed { get; init; }

    /// <summary>The hand-over of the current attempt; <see langword="null"/> while no worker has claimed it, also where it was assigned to one by name.</summary>
    public RunClaim? Claim { get; init; }

    /// <summary>What the attempts before the current one came to; <see langword="null"/> in the first attempt.</summary>
    public EarlierAttempts? EarlierAttempts { get; init; }

    /// <summary>What operators want of the run, in every attempt; <see langword="null"/> while no command of theirs was applied.</summary>
    public OperatorWill? Will { get; init; }

    /// <summary>The checkpoint that the current attempt may begin from; <see langword="null"/> for none.</summary>
    public ResumePoint? ResumePoint { get; init; }

    /// <summary>When it first became running, or was handed to the worker that ended it before its first heartbeat.</summary>
    public DateTimeOffset? StartedAt
    {
        get => UtcTicks.ToTime(_startedTicks);
        init => _startedTicks = UtcTicks.Of(value);
    }

    /// <summary>How it ended; <see langword="null"/> while it lives.</summary>
    public RunEnding? Ending { get; init; }

    /// <summary>How it was told to end; <see langword="null"/> until it is terminating.</summary>
    public Termination? Termination { get; init; }

    /// <summary>What the orchestrator concludes of it.</summary>
    public HealthStatus Health { get; init; } = HealthStatus.Healthy;

    /// <summary>When that last changed.</summary>
    public DateTimeOffset? HealthChangedAt
    {
        get => UtcTicks.ToTime(_healthChangedTicks);
        init => _healthChangedTicks = UtcTicks.Of(value);
    }

    /// <summary>
    /// The newest sign of life that is not a heartbeat: an acknowledgement, or entering a state in which something is expected of
    /// the worker.
    /// </summary>
    public DateTimeOffset? LastSignAt
    {
        get => UtcTicks.ToTime(_lastSignTicks);
        init => _lastSignTicks = UtcTicks.Of(value);
    }

    /// <summary>Until when nothing is concluded from its silence, at an operator's word; <see langword="null"/> for no such time.</summary>
    public DateTimeOffset? SnoozedUntil
    {
        get => UtcTicks.ToTime(_snoozedUntilTicks);
        init => _snoozedUntilTicks = UtcTicks.Of(value);
    }

    /// <summary>When the policy for unresponsive runs acts on it; <see langword="null"/> when there is nothing to act on, or it has acted.</summary>
    public DateTimeOffset? PolicyDueAt
    {
        get => UtcTicks.ToTime(_policyDueTicks);
        init => _policyDueTicks = UtcTicks.Of(value);
    }

    /// <summary>The newest refusal of a heartbeat that was kept.</summary>
    public LastRefusal? LastRefusal { get; init; }

    /// <summary>Which refusals of heartbeats were kept in this attempt: bit <c>n</c> is the code of value <c>n</c>.</summary>
    public uint KeptRefusals { get; init; }

    /// <summary>The newest row of quick changes of the worker's status; <see langword="null"/> while there was none in this attempt.</summary>
    public QuickStatusChanges? QuickStatusChanges { get; init; }

    /// <summary>Whether the loss of this attempt has turned from finite to non-finite.</summary>
    public bool LossDiverged { get; init; }

    /// <summary>The tunables, from acknowledgements: what is in force, and which command came last where that is not known.</summary>
    public IReadOnlyDictionary<string, TunedValue> Tuned { get; init; } = FrozenDictionary<string, TunedValue>.Empty;

    /// <summary>The moment at which the run wants attention, whatever its worker does; <see langword="null"/> for never.</summary>
    public DateTimeOffset? DueAt
    {
        get => UtcTicks.ToTime(_dueTicks);
        init => _dueTicks = UtcTicks.Of(value);
    }

    /// <summary>The silence after which it wants attention; <see langword="null"/> where silence means nothing.</summary>
    public TimeSpan? DueAfterSilence { get; init; }

    /// <summary>The time without an advance after which it wants attention; <see langword="null"/> where that means nothing.</summary>
    public TimeSpan? DueAfterStandstill { get; init; }

    /// <summary>How many commands were accepted: the newest one's sequence.</summary>
    public long Commands { get; init; }

    /// <summary>How many durable events there are: the newest one's sequence.</summary>
    public long Events { get; init; }

    /// <summary>How many transitions there are: the newest one's sequence.</summary>
    public long Transitions { get; init; }

    /// <summary>How long the audit chain is.</summary>
    public long AuditEntries { get; init; }

    /// <summary>The hash of the newest audit entry; <see langword="null"/> while there is none.</summary>
    public string? AuditHash { get; init; }

    /// <summary>When this head was made.</summary>
    public required DateTimeOffset ChangedAt
    {
        get => new(_changedTicks, TimeSpan.Zero);
        init => _changedTicks = value.UtcTicks;
    }

    /// <summary>1 for a new run; one more with every change but a plain heartbeat.</summary>
    public required long Revision { get; init; }

    /// <summary>
    /// The random id of the commit that made this head. A store that lost acknowledged commits reaches the same revision again with another id.
    /// </summary>
    public Guid CommitId { get; init; }

    /// <inheritdoc cref="UnknownMembers"/>
    [JsonInclude, JsonExtensionData]
    internal Dictionary<string, JsonElement>? Unknown
    {
        get => _unknown.Members;
        set => _unknown = new UnknownMembers(value);
    }

    /// <summary>The newest sign of life of any kind.</summary>
    /// <param name="progress">The run's progress.</param>
    public DateTimeOffset LastSign(RunProgress progress)
    {
        ArgumentNullException.ThrowIfNull(progress);
        var sign = LastSignAt ?? CreatedAt;
        return progress.LastHeartbeatAt > sign ? progress.LastHeartbeatAt.Value : sign;
    }

    /// <summary>
    /// When the run wants attention, as it stands: the earliest of <see cref="DueAt"/>, the last sign of life plus
    /// <see cref="DueAfterSilence"/>, and the last advance (or else the last sign) plus
    /// <see cref="DueAfterStandstill"/>; <see langword="null"/> for never.
    /// A plain heartbeat only ever moves it on.
    /// </summary>
    /// <param name="progress">The run's progress.</param>
    public DateTimeOffset? NextDue(RunProgress progress)
    {
        ArgumentNullException.ThrowIfNull(progress);
        return Earlier(DueAt, Earlier(LastSign(progress) + DueAfterSilence, (progress.AdvancedAt ?? LastSign(progress)) + DueAfterStandstill));
    }

    private static DateTimeOffset? Earlier(DateTimeOffset? one, DateTimeOffset? other) => other is null || one <= other ? one : other;
}

/// <summary>The hand-over of an attempt to a worker.</summary>
/// <param name="Id">A random id. What workers send with another one is refused as <see cref="RefusalCode.StaleAttempt"/>.</param>
/// <param name="Principal">The authenticated caller that claimed it; <see langword="null"/> for a caller that was not authenticated.</param>
public sealed record RunClaim(string Id, string? Principal)
{
    private UnknownMembers _unknown;

    /// <inheritdoc cref="UnknownMembers"/>
    [JsonInclude, JsonExtensionData]
    internal Dictionary<string, JsonElement>? Unknown
    {
        get => _unknown.Members;
        set => _unknown = new UnknownMembers(value);
    }
}

/// <summary>How a run ended.</summary>
/// <param name="Reason">Why, as one of the closed set of reasons.</param>
/// <param name="At">When.</param>
/// <param name="Message">The reason of the transition that ended it, in words; <see langword="null"/> where none was given.</param>
public sealed record RunEnding(EndReason Reason, DateTimeOffset At, string? Message = null)
{
    private UnknownMembers _unknown;

    /// <inheritdoc cref="UnknownMembers"/>
    [JsonInclude, JsonExtensionData]
    internal Dictionary<string, JsonElement>? Unknown
    {
        get => _unknown.Members;
        set => _unknown = new UnknownMembers(value);
    }
}

/// <summary>How a run was told to end.</summary>
/// <param name="AcceptedAt">When it became terminating.</param>
/// <param name="Acknowledged">Whether its worker acknowledged a <c>terminate</c> as applied.</param>
public sealed record Termination(DateTimeOffset AcceptedAt, bool Acknowledged)
{
    private UnknownMembers _unknown;

    /// <inheritdoc cref="UnknownMembers"/>
    [JsonInclude, JsonExtensionData]
    internal Dictionary<string, JsonElement>? Unknown
    {
        get => _unknown.Members;
        set => _unknown = new UnknownMembers(value);
    }
}
