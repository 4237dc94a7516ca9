namespace Orchestrator.Abstractions.Tests;

/// <summary>The names on the wire, as they are promised.</summary>
public sealed class WireNameTests
{
    [Fact]
    public void States_of_a_run() => Assert.Equal(
        "queued provisioning running paused terminating completed failed errored terminated", Names<RunState>(RunStates.ToWireName));

    [Fact]
    public void Runtime_statuses() => Assert.Equal("running paused terminating errored", Names<RuntimeStatus>(RuntimeStatuses.ToWireName));

    [Fact]
    public void Health_statuses() => Assert.Equal("healthy heartbeat_stale unresponsive stalled", Names<HealthStatus>(HealthStatuses.ToWireName));

    [Fact]
    public void End_reasons() => Assert.Equal(
        "completed failed terminated forced start_timeout lost_worker", Names<EndReason>(EndReasons.ToWireName));

    [Fact]
    public void Types_of_commands() => Assert.Equal("pause resume terminate tune", Names<CommandType>(CommandTypes.ToWireName));

    [Fact]
    public void Statuses_of_commands() => Assert.Equal(
        "pending delivered applied rejected superseded expired", Names<CommandStatus>(CommandStatuses.ToWireName));

    [Fact]
    public void Outcomes_of_acknowledgements() => Assert.Equal("applied rejected", Names<AckOutcome>(AckOutcomes.ToWireName));

    [Fact]
    public void Types_of_actors() => Assert.Equal("operator system", Names<ActorType>(ActorTypes.ToWireName));

    [Fact]
    public void Types_of_events()
    {
        string[] promised =
        [
            "run.created", "run.state_changed", "run.health_changed", "run.progress", "run.loss_not_finite", "run.heartbeat_refused",
            "run.snoozed", "run.attempt_started", "run.terminate_recommended", "command.queued", "command.delivered",
            "command.acknowledged", "command.superseded", "command.expired", "fleet.silent", "run.rolled_back",
        ];

        Assert.Equal(promised.Order(), Enum.GetValues<EventType>().Select(EventTypes.ToWireName).Order());
    }

    [Fact]
    public void Severities_of_events() => Assert.Equal("info warning critical", Names<EventSeverity>(EventSeverities.ToWireName));

    [Fact]
    public void Codes_of_refusals() => Assert.Equal(
        "unsupported_media_type payload_too_large invalid_json validation_failed run_id_mismatch run_not_found command_not_found run_ended "
        + "stale_attempt unknown_attempt attempt_required step_regression checkpoint_regression heartbeat_throttled invalid_transition "
        + "invalid_state run_id_conflict command_id_conflict ack_conflict queue_full idempotency_key_reused cursor_expired store_unavailable cross_origin",
        Names<RefusalCode>(RefusalCodes.ToWireName));

    private static string Names<T>(Func<T, string> name)
        where T : struct, Enum => string.Join(' ', Enum.GetValues<T>().Select(name));
}
