namespace Orchestrator;

/// <summary>The details of an event. The set of kinds is closed.</summary>
public abstract record EventData
{
    private protected EventData()
    {
    }
}

/// <summary>Stands for details that this version cannot read, because a newer one wrote them.</summary>
internal sealed record UnknownData : EventData
{
    public static UnknownData Instance { get; } = new();

    private UnknownData()
    {
    }
}

/// <summary>Details of <see cref="EventType.RunCreated"/>.</summary>
/// <param name="ExperimentId">The run's experiment.</param>
/// <param name="VersionId">The run's version.</param>
/// <param name="CreatedBy">Who created it.</param>
public sealed record RunCreatedData(ExperimentId ExperimentId, VersionId VersionId, string? CreatedBy) : EventData;

/// <summary>Details of <see cref="EventType.RunStateChanged"/>.</summary>
/// <param name="Transition">The step that the run took.</param>
/// <param name="EndReason">Why it ended, where it did.</param>
public sealed record StateChangedData(StateTransition Transition, EndReason? EndReason) : EventData;

/// <summary>Details of <see cref="EventType.RunHealthChanged"/>.</summary>
/// <param name="From">The conclusion before.</param>
/// <param name="To">The conclusion now.</param>
/// <param name="Silence">How long the last sign of life is ago.</param>
public sealed record HealthChangedData(HealthStatus From, HealthStatus To, TimeSpan Silence) : EventData
{
    /// <summary>How long the step has not advanced, of a run that became stalled: it beats, so its silence is short. Otherwise <see langword="null"/>.</summary>
    public TimeSpan? Standstill { get; init; }

    /// <summary>How much it matters to whoever is alerted.</summary>
    public EventSeverity Severity => To switch
    {
        HealthStatus.Healthy => EventSeverity.Info,
        HealthStatus.Unresponsive => EventSeverity.Critical,
        _ => EventSeverity.Warning,
    };
}

/// <summary>Details of <see cref="EventType.RunProgress"/>.</summary>
/// <param name="Run">The run as it stood after the heartbeat, without its manifest.</param>
public sealed record ProgressData(Run Run) : EventData;

/// <summary>Details of <see cref="EventType.RunSnoozed"/>.</summary>
/// <param name="Until">Until when; <see langword="null"/> when the time was ended.</param>
/// <param name="Reason">Why, in words.</param>
/// <param name="Actor">Who asked for it.</param>
public sealed record SnoozedData(DateTimeOffset? Until, string? Reason, Actor Actor) : EventData;

/// <summary>Details of <see cref="EventType.RunTerminateRecommended"/>.</summary>
/// <param name="Silence">How long the last sign of life is ago.</param>
public sealed record TerminateRecommendedData(TimeSpan Silence) : EventData;

/// <summary>Details of <see cref="EventType.RunRolledBack"/>.</summary>
/// <param name="Seen">The revision at which a host had seen the run.</param>
/// <param name="Found">The lower one at which it was found. The events and commands between the two are lost, and their sequences are used again.</param>
public sealed record RolledBackData(long Seen, long Found) : EventData;

/// <summary>Details of <see cref="EventType.FleetSilent"/>.</summary>
/// <param name="Silent">How many runs fell silent in one sweep.</param>
/// <param name="Watched">How many are watched.</param>
/// <param name="PolicyWaitsUntil">Until when the policy for unresponsive runs waits.</param>
public sealed record FleetSilentData(long Silent, long Watched, DateTimeOffset PolicyWaitsUntil) : EventData;

/// <summary>Details of <see cref="EventType.RunLossNotFinite"/>.</summary>
/// <param name="Step">The step at which it was reported.</param>
/// <param name="Loss">NaN or an infinity.</param>
public sealed record LossNotFiniteData(long Step, double Loss) : EventData;

/// <summary>Details of <see cref="EventType.RunHeartbeatRefused"/>.</summary>
/// <param name="Code">Why it was refused.</param>
public sealed record HeartbeatRefusedData(RefusalCode Code) : EventData;

/// <summary>Details of <see cref="EventType.RunAttemptStarted"/>.</summary>
/// <param name="Reason">Why, in words.</param>
/// <param name="WorkerId">Who goes on; <see langword="null"/> when the run was queued.</param>
/// <param name="ResumeFrom">From where it goes on.</param>
public sealed record AttemptStartedData(string? Reason, string? WorkerId, ResumeFrom ResumeFrom) : EventData;

/// <summary>Details of the events of commands.</summary>
/// <param name="Command">The command as it stood after the event.</param>
public sealed record CommandData(Command Command) : EventData;
