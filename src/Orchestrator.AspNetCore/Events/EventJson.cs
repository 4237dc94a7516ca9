using System.Text.Json;
using System.Text.Json.Serialization;
using Orchestrator.AspNetCore.Commands;
using Orchestrator.AspNetCore.Http;
using Orchestrator.AspNetCore.Runs;

namespace Orchestrator.AspNetCore.Events;

/// <summary>Writes events as the contract's envelope (section 6).</summary>
internal static class EventJson
{
    public static void Write(Utf8JsonWriter json, RunEvent told)
    {
        json.WriteStartObject();
        json.WriteString("id", told.Id);
        json.WriteNumber("sequence", told.Sequence);
        json.WriteString("type", told.Type.ToWireName());
        json.WriteString("time", Rfc3339.ToWire(told.Time));
        json.WriteString("run_id", told.RunId.IsDefault ? null : told.RunId.Value);
        json.WriteNumber("attempt", told.Attempt);
        json.WritePropertyName("data");
        WriteData(json, told.Data);
        json.WriteEndObject();
    }

    private static void WriteData(Utf8JsonWriter json, EventData data)
    {
        switch (data)
        {
            case CommandData command:
                JsonSerializer.Serialize(json, CommandResponse.From(command.Command), CommandsJson.Default.CommandResponse);
                return;
            case ProgressData progress:
                JsonSerializer.Serialize(json, RunResponse.From(progress.Run), RunsJson.Default.RunResponse);
                return;
        }

        json.WriteStartObject();
        switch (data)
        {
            case RunCreatedData created:
                json.WriteString("experiment_id", created.ExperimentId.Value);
                json.WriteString("version_id", created.VersionId.Value);
                json.WriteString("created_by", created.CreatedBy);
                break;
            case StateChangedData { Transition: var step, EndReason: var endReason }:
                json.WriteString("from", step.From?.ToWireName());
                json.WriteString("to", step.To.ToWireName());
                json.WriteString("changed_by", step.ChangedBy);
                json.WriteString("reason", step.Reason);
                json.WriteString("end_reason", endReason?.ToWireName());
                break;
            case HealthChangedData health:
                json.WriteString("from", health.From.ToWireName());
                json.WriteString("to", health.To.ToWireName());
                json.WriteNumber("silence_seconds", health.Silence.TotalSeconds);
                if (health.Standstill is { } standstill)
                {
                    json.WriteNumber("standstill_seconds", standstill.TotalSeconds);
                }

                json.WriteString("severity", health.Severity.ToWireName());
                break;
            case LossNotFiniteData loss:
                json.WriteNumber("step", loss.Step);
                json.WritePropertyName("loss");
                JsonSerializer.Serialize(json, loss.Loss, EventNumbersJson.Default.Double);
                break;
            case HeartbeatRefusedData refused:
                json.WriteString("code", refused.Code.ToWireName());
                break;
            case SnoozedData snoozed:
                WriteTime(json, "until", snoozed.Until);
                json.WriteString("reason", snoozed.Reason);
                json.WriteString("actor_type", snoozed.Actor.Type.ToWireName());
                json.WriteString("actor_id", snoozed.Actor.Id);
                break;
            case AttemptStartedData attempt:
                json.WriteString("reason", attempt.Reason);
                json.WriteString("worker_id", attempt.WorkerId);
                json.WriteNumber("step", attempt.ResumeFrom.Step);
                json.WriteNumber("checkpoint_version", attempt.ResumeFrom.CheckpointVersion);
                break;
            case TerminateRecommendedData recommended:
                json.WriteNumber("silence_seconds", recommended.Silence.TotalSeconds);
                json.WriteString("severity", EventSeverity.Critical.ToWireName());
                break;
            case RolledBackData lost:
                json.WriteNumber("revision_seen", lost.Seen);
                json.WriteNumber("revision_found", lost.Found);
                json.WriteString("severity", EventSeverity.Critical.ToWireName());
                break;
            case FleetSilentData fleet:
                json.WriteNumber("silent", fleet.Silent);
                json.WriteNumber("watched", fleet.Watched);
                WriteTime(json, "policy_waits_until", fleet.PolicyWaitsUntil);
                json.WriteString("severity", EventSeverity.Critical.ToWireName());
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(data), data, "not the data of an event");
        }

        json.WriteEndObject();
    }

    private static void WriteTime(Utf8JsonWriter json, string name, DateTimeOffset? time)
    {
        if (time is { } given)
        {
            json.WriteString(name, Rfc3339.ToWire(given));
        }
        else
        {
            json.WriteNull(name);
        }
    }
}

[JsonSourceGenerationOptions(NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals)]
[JsonSerializable(typeof(double))]
internal sealed partial class EventNumbersJson : JsonSerializerContext;
