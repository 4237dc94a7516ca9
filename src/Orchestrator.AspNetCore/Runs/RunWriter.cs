using System.Text.Json;
using Orchestrator.AspNetCore.Http;

namespace Orchestrator.AspNetCore.Runs;

/// <summary>
/// Writes a run byte by byte as <see cref="RunResponse"/> is written, member by member: heartbeats are answered so often that an object for each answer would
/// keep the garbage collector busy.
/// </summary>
internal static class RunWriter
{
    public static void Write(Utf8JsonWriter json, Run run)
    {
        json.WriteStartObject();
        json.WriteString("id"u8, run.Id.Value);
        json.WriteString("experiment_id"u8, run.ExperimentId.Value);
        json.WriteString("version_id"u8, run.VersionId.Value);
        json.WriteString("state"u8, run.State.ToWireName());
        json.WriteString("status_message"u8, run.StatusMessage);
        json.WriteNumber("priority"u8, run.Priority);
        WriteElement(json, "launch_manifest"u8, run.LaunchManifest);
        WriteElement(json, "overrides"u8, run.Overrides);
        WriteTexts(json, "labels"u8, run.Labels);
        WriteTexts(json, "requires"u8, run.Requires);
        json.WritePropertyName("health_policy"u8);
        JsonSerializer.Serialize(json, HealthPolicyBody.From(run.HealthPolicy), RunsJson.Default.HealthPolicyBody!);
        json.WriteNumber("attempt"u8, run.Attempt);
        json.WriteString("worker_id"u8, run.WorkerId);
        json.WriteString("runtime_status"u8, run.RuntimeStatus?.ToWireName());
        json.WriteString("health_status"u8, run.HealthStatus.ToWireName());
        WriteTime(json, "health_changed_at"u8, run.HealthChangedAt);
        WriteTime(json, "snoozed_until"u8, run.SnoozedUntil);
        WriteTime(json, "last_heartbeat_at"u8, run.LastHeartbeatAt);
        json.WritePropertyName("last_refusal"u8);
        JsonSerializer.Serialize(json, LastRefusalResponse.From(run.LastRefusal), RunsJson.Default.LastRefusalResponse!);
        json.WriteNumber("current_step"u8, run.CurrentStep);
        WriteDouble(json, "samples_per_sec"u8, run.SamplesPerSec);
        WriteDouble(json, "loss"u8, run.Loss);
        json.WriteNumber("checkpoint_version"u8, run.CheckpointVersion);
        json.WriteString("checkpoint_uri"u8, run.CheckpointUri);
        json.WritePropertyName("resume_point"u8);
        JsonSerializer.Serialize(json, ResumePointResponse.From(run.ResumePoint), RunsJson.Default.ResumePointResponse!);
        WriteMetrics(json, run.Metrics);
        WriteTuned(json, run.Tuned);
        WriteTime(json, "started_at"u8, run.StartedAt);
        WriteTime(json, "ended_at"u8, run.EndedAt);
        json.WriteString("end_reason"u8, run.EndReason?.ToWireName());
        json.WriteString("end_message"u8, run.EndMessage);
        json.WriteString("created_by"u8, run.CreatedBy);
        WriteTime(json, "created_at"u8, run.CreatedAt);
        WriteTime(json, "updated_at"u8, run.UpdatedAt);
        json.WriteNumber("revision"u8, run.Revision);
        json.WriteNumber("heartbeats"u8, run.Heartbeats);
        json.WriteEndObject();
    }

    private static void WriteElement(Utf8JsonWriter json, ReadOnlySpan<byte> name, JsonElement? element)
    {
        if (element is { } given)
        {
            json.WritePropertyName(name);
            given.WriteTo(json);
        }
    }

    private static void WriteTexts(Utf8JsonWriter json, ReadOnlySpan<byte> name, IReadOnlyDictionary<string, string> texts)
    {
        json.WriteStartObject(name);
        if (texts.Count > 0)
        {
            foreach (var (key, value) in texts)
            {
                json.WriteString(key, value);
            }
        }

        json.WriteEndObject();
    }

    private static void WriteMetrics(Utf8JsonWriter json, IReadOnlyDictionary<string, double>? metrics)
    {
        if (metrics is null)
        {
            json.WriteNull("metrics"u8);
            return;
        }

        json.WriteStartObject("metrics"u8);
        foreach (var (key, value) in metrics)
        {
            json.WritePropertyName(key);
            WriteDouble(json, value);
        }

        json.WriteEndObject();
    }

    private static void WriteTuned(Utf8JsonWriter json, IReadOnlyDictionary<string, TunedValue> tuned)
    {
        json.WriteStartObject("tuned"u8);
        if (tuned.Count > 0)
        {
            foreach (var (key, value) in tuned)
            {
                json.WriteNumber(key, value.Value!.Value);
            }
        }

        json.WriteEndObject();
    }

    private static void WriteTime(Utf8JsonWriter json, ReadOnlySpan<byte> name, DateTimeOffset? time)
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

    private static void WriteDouble(Utf8JsonWriter json, ReadOnlySpan<byte> name, double? number)
    {
        json.WritePropertyName(name);
        if (number is { } given)
        {
            WriteDouble(json, given);
        }
        else
        {
            json.WriteNullValue();
        }
    }

    private static void WriteDouble(Utf8JsonWriter json, double number)
    {
        if (double.IsFinite(number))
        {
            json.WriteNumberValue(number);
        }
        else
        {
            json.WriteStringValue(double.IsNaN(number) ? "NaN"u8 : number > 0 ? "Infinity"u8 : "-Infinity"u8);
        }
    }
}
