namespace Orchestrator;

/// <summary>What an event tells of. All but <see cref="RunProgress"/> are durable.</summary>
public enum EventType
{
    /// <summary>A run was created.</summary>
    RunCreated = 1,

    /// <summary>A run moved; <see cref="StateChangedData"/>.</summary>
    RunStateChanged,

    /// <summary>The conclusion about a run changed; <see cref="HealthChangedData"/>.</summary>
    RunHealthChanged,

    /// <summary>A heartbeat was accepted; <see cref="ProgressData"/>. Not durable: the newest of a run wins.</summary>
    RunProgress,

    /// <summary>The loss of an attempt turned from finite to non-finite; <see cref="LossNotFiniteData"/>.</summary>
    RunLossNotFinite,

    /// <summary>A heartbeat was refused for a reason not seen before in its attempt; <see cref="HeartbeatRefusedData"/>.</summary>
    RunHeartbeatRefused,

    /// <summary>A run was given more time, or the time was ended; <see cref="SnoozedData"/>.</summary>
    RunSnoozed,

    /// <summary>A new attempt began; <see cref="AttemptStartedData"/>.</summary>
    RunAttemptStarted,

    /// <summary>An unresponsive run had better be ended, and nothing was done about it; <see cref="TerminateRecommendedData"/>.</summary>
    RunTerminateRecommended,

    /// <summary>A command was accepted; <see cref="CommandData"/>.</summary>
    CommandQueued,

    /// <summary>A command was handed to a worker; <see cref="CommandData"/>.</summary>
    CommandDelivered,

    /// <summary>A worker answered a command; <see cref="CommandData"/>.</summary>
    CommandAcknowledged,

    /// <summary>A command was overtaken; <see cref="CommandData"/>.</summary>
    CommandSuperseded,

    /// <summary>A command lapsed; <see cref="CommandData"/>.</summary>
    CommandExpired,

    /// <summary>Most runs fell silent at once, which is more likely our fault than theirs; <see cref="FleetSilentData"/>. Of no run.</summary>
    FleetSilent,

    /// <summary>The store lost changes of a run that it had acknowledged, as a failover may; <see cref="RolledBackData"/>.</summary>
    RunRolledBack,
}

/// <summary>The wire names of <see cref="EventType"/>.</summary>
public static class EventTypes
{
    /// <summary>The name on the wire, such as <c>run.created</c>.</summary>
    public static string ToWireName(this EventType value) => value switch
    {
        EventType.RunCreated => "run.created",
        EventType.RunStateChanged => "run.state_changed",
        EventType.RunHealthChanged => "run.health_changed",
        EventType.RunProgress => "run.progress",
        EventType.RunLossNotFinite => "run.loss_not_finite",
        EventType.RunHeartbeatRefused => "run.heartbeat_refused",
        EventType.RunSnoozed => "run.snoozed",
        EventType.RunAttemptStarted => "run.attempt_started",
        EventType.RunTerminateRecommended => "run.terminate_recommended",
        EventType.CommandQueued => "command.queued",
        EventType.CommandDelivered => "command.delivered",
        EventType.CommandAcknowledged => "command.acknowledged",
        EventType.CommandSuperseded => "command.superseded",
        EventType.CommandExpired => "command.expired",
        EventType.FleetSilent => "fleet.silent",
        EventType.RunRolledBack => "run.rolled_back",
        _ => throw new ArgumentOutOfRangeException(nameof(value), value, "not an event type"),
    };

    /// <summary>Reads a wire name, case-sensitively.</summary>
    public static bool TryParse(string? wireName, out EventType value)
    {
        value = wireName switch
        {
            "run.created" => EventType.RunCreated,
            "run.state_changed" => EventType.RunStateChanged,
            "run.health_changed" => EventType.RunHealthChanged,
            "run.progress" => EventType.RunProgress,
            "run.loss_not_finite" => EventType.RunLossNotFinite,
            "run.heartbeat_refused" => EventType.RunHeartbeatRefused,
            "run.snoozed" => EventType.RunSnoozed,
            "run.attempt_started" => EventType.RunAttemptStarted,
            "run.terminate_recommended" => EventType.RunTerminateRecommended,
            "command.queued" => EventType.CommandQueued,
            "command.delivered" => EventType.CommandDelivered,
            "command.acknowledged" => EventType.CommandAcknowledged,
            "command.superseded" => EventType.CommandSuperseded,
            "command.expired" => EventType.CommandExpired,
            "fleet.silent" => EventType.FleetSilent,
            "run.rolled_back" => EventType.RunRolledBack,
            _ => default,
        };
        return value != default;
    }
}
