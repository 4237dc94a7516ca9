namespace Orchestrator;

/// <summary>What a durable event tells of.</summary>
public enum EventType
{
    /// <summary>A run was created.</summary>
    RunCreated = 1,

    /// <summary>A run moved; <see cref="StateChangedData"/>.</summary>
    RunStateChanged,

    /// <summary>The conclusion about a run changed; <see cref="HealthChangedData"/>.</summary>
    RunHealthChanged,

    /// <summary>The loss of an attempt turned from finite to non-finite; <see cref="LossNotFiniteData"/>.</summary>
    RunLossNotFinite,

    /// <summary>A heartbeat was refused for a reason not seen before in its attempt; <see cref="HeartbeatRefusedData"/>.</summary>
    RunHeartbeatRefused,

    /// <summary>A new attempt began; <see cref="AttemptStartedData"/>.</summary>
    RunAttemptStarted,

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
        EventType.RunLossNotFinite => "run.loss_not_finite",
        EventType.RunHeartbeatRefused => "run.heartbeat_refused",
        EventType.RunAttemptStarted => "run.attempt_started",
        EventType.CommandQueued => "command.queued",
        EventType.CommandDelivered => "command.delivered",
        EventType.CommandAcknowledged => "command.acknowledged",
        EventType.CommandSuperseded => "command.superseded",
        EventType.CommandExpired => "command.expired",
        _ => throw new ArgumentOutOfRangeException(nameof(value), value, "not an event type"),
    };
}
