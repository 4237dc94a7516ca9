using System.Text.Json.Nodes;
using Orchestrator.Samples.Cli.Output;

namespace Orchestrator.Samples.Cli.Events;

/// <summary>Events as the API has them, with the position after which to go on.</summary>
internal static class EventJson
{
    public static JsonObject Of(EventMessage message) => new()
    {
        ["position"] = message.Position,
        ["id"] = message.Event.Id,
        ["sequence"] = message.Event.Sequence,
        ["type"] = message.Event.Type.ToWireName(),
        ["time"] = ApiJson.ToNode(message.Event.Time),
        ["run_id"] = message.Event.RunId.IsDefault ? null : message.Event.RunId.Value,
        ["attempt"] = message.Event.Attempt,
        ["data"] = DataOf(message.Event.Data),
    };

    private static JsonNode? DataOf(EventData data) => data switch
    {
        CommandData command => ApiJson.ToNode(command.Command),
        ProgressData progress => ApiJson.ToNode(progress.Run),
        RunCreatedData created => new JsonObject
        {
            ["experiment_id"] = created.ExperimentId.Value,
            ["version_id"] = created.VersionId.Value,
            ["created_by"] = created.CreatedBy,
        },
        StateChangedData { Transition: var step, EndReason: var reason } => new JsonObject
        {
            ["from"] = step.From?.ToWireName(),
            ["to"] = step.To.ToWireName(),
            ["changed_by"] = step.ChangedBy,
            ["reason"] = step.Reason,
            ["end_reason"] = reason?.ToWireName(),
        },
        HealthChangedData health => FromHealth(health),
        LossNotFiniteData loss => new JsonObject { ["step"] = loss.Step, ["loss"] = ApiJson.ToNode(loss.Loss) },
        HeartbeatRefusedData refused => new JsonObject { ["code"] = refused.Code.ToWireName() },
        SnoozedData snoozed => new JsonObject
        {
            ["until"] = ApiJson.ToNode(snoozed.Until),
            ["reason"] = snoozed.Reason,
            ["actor_type"] = snoozed.Actor.Type.ToWireName(),
            ["actor_id"] = snoozed.Actor.Id,
        },
        AttemptStartedData attempt => new JsonObject
        {
            ["reason"] = attempt.Reason,
            ["worker_id"] = attempt.WorkerId,
            ["step"] = attempt.ResumeFrom.Step,
            ["checkpoint_version"] = attempt.ResumeFrom.CheckpointVersion,
        },
        TerminateRecommendedData recommended => new JsonObject
        {
            ["silence_seconds"] = recommended.Silence.TotalSeconds,
            ["severity"] = EventSeverity.Critical.ToWireName(),
        },
        RolledBackData lost => new JsonObject
        {
            ["revision_seen"] = lost.Seen,
            ["revision_found"] = lost.Found,
            ["severity"] = EventSeverity.Critical.ToWireName(),
        },
        FleetSilentData fleet => new JsonObject
        {
            ["silent"] = fleet.Silent,
            ["watched"] = fleet.Watched,
            ["policy_waits_until"] = ApiJson.ToNode(fleet.PolicyWaitsUntil),
            ["severity"] = EventSeverity.Critical.ToWireName(),
        },
        _ => throw new ArgumentOutOfRangeException(nameof(data), data, "not the data of an event"),
    };

    private static JsonObject FromHealth(HealthChangedData health)
    {
        var json = new JsonObject
        {
            ["from"] = health.From.ToWireName(),
            ["to"] = health.To.ToWireName(),
            ["silence_seconds"] = health.Silence.TotalSeconds,
        };
        if (health.Standstill is { } standstill)
        {
            json["standstill_seconds"] = standstill.TotalSeconds;
        }

        json["severity"] = health.Severity.ToWireName();
        return json;
    }
}
