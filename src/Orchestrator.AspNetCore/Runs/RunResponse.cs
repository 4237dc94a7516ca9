using System.Collections.ObjectModel;
using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using System.Text.Json.Serialization;
using Orchestrator.AspNetCore.Bodies;
using Orchestrator.AspNetCore.Http;

namespace Orchestrator.AspNetCore.Runs;

/// <summary>A run, its members in the order of the contract.</summary>
internal sealed class RunResponse
{
    [JsonPropertyName("id")]
    public required string Id { get; init; }

    [JsonPropertyName("experiment_id")]
    public required string ExperimentId { get; init; }

    [JsonPropertyName("version_id")]
    public required string VersionId { get; init; }

    [JsonPropertyName("state")]
    [Description("queued, provisioning, running, paused, terminating, completed, failed, errored or terminated.")]
    public required string State { get; init; }

    [JsonPropertyName("status_message")]
    public required string? StatusMessage { get; init; }

    [JsonPropertyName("priority")]
    public required int Priority { get; init; }

    [JsonPropertyName("launch_manifest")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    [Description("Absent where it was not asked for.")]
    public JsonElement? LaunchManifest { get; init; }

    [JsonPropertyName("overrides")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    [Description("Absent where it was not asked for.")]
    public JsonElement? Overrides { get; init; }

    [JsonPropertyName("labels")]
    public required IReadOnlyDictionary<string, string> Labels { get; init; }

    [JsonPropertyName("requires")]
    [Description("What a worker must offer to be given the run.")]
    public required IReadOnlyDictionary<string, string> Requires { get; init; }

    [JsonPropertyName("health_policy")]
    public required HealthPolicyBody? HealthPolicy { get; init; }

    [JsonPropertyName("attempt")]
    public required int Attempt { get; init; }

    [JsonPropertyName("worker_id")]
    public required string? WorkerId { get; init; }

    [JsonPropertyName("runtime_status")]
    [Description("running, paused, terminating or errored; null until the first heartbeat.")]
    public required string? RuntimeStatus { get; init; }

    [JsonPropertyName("health_status")]
    [Description("healthy, heartbeat_stale, unresponsive or stalled.")]
    public required string HealthStatus { get; init; }

    [JsonPropertyName("health_changed_at")]
    public required DateTime? HealthChangedAt { get; init; }

    [JsonPropertyName("snoozed_until")]
    [Description("Until when nothing is concluded from its silence.")]
    public required DateTime? SnoozedUntil { get; init; }

    [JsonPropertyName("last_heartbeat_at")]
    public required DateTime? LastHeartbeatAt { get; init; }

    [JsonPropertyName("last_refusal")]
    public required LastRefusalResponse? LastRefusal { get; init; }

    [JsonPropertyName("current_step")]
    public required long CurrentStep { get; init; }

    [JsonPropertyName("samples_per_sec")]
    [RegularExpression(Numbers.NonFiniteTexts)]
    [JsonNumberHandling(JsonNumberHandling.AllowNamedFloatingPointLiterals)]
    public required double? SamplesPerSec { get; init; }

    [JsonPropertyName("loss")]
    [RegularExpression(Numbers.NonFiniteTexts)]
    [JsonNumberHandling(JsonNumberHandling.AllowNamedFloatingPointLiterals)]
    [Description("A number, or one of the strings NaN, Infinity and -Infinity.")]
    public required double? Loss { get; init; }

    [JsonPropertyName("checkpoint_version")]
    public required long CheckpointVersion { get; init; }

    [JsonPropertyName("checkpoint_uri")]
    public required string? CheckpointUri { get; init; }

    [JsonPropertyName("resume_point")]
    [Description("The checkpoint that the attempt may begin from; null for none.")]
    public required ResumePointResponse? ResumePoint { get; init; }

    [JsonPropertyName("metrics")]
    [JsonNumberHandling(JsonNumberHandling.AllowNamedFloatingPointLiterals)]
    [Description("Each a number, or one of the strings NaN, Infinity and -Infinity.")]
    public required IReadOnlyDictionary<string, double?>? Metrics { get; init; }

    [JsonPropertyName("tuned")]
    public required IReadOnlyDictionary<string, double> Tuned { get; init; }

    [JsonPropertyName("started_at")]
    public required DateTime? StartedAt { get; init; }

    [JsonPropertyName("ended_at")]
    public required DateTime? EndedAt { get; init; }

    [JsonPropertyName("end_reason")]
    [Description("completed, failed, terminated, forced, start_timeout or lost_worker; null while the run lives.")]
    public required string? EndReason { get; init; }

    [JsonPropertyName("end_message")]
    [Description("The reason of the transition that ended it.")]
    public required string? EndMessage { get; init; }

    [JsonPropertyName("created_by")]
    public required string? CreatedBy { get; init; }

    [JsonPropertyName("created_at")]
    public required DateTime CreatedAt { get; init; }

    [JsonPropertyName("updated_at")]
    public required DateTime UpdatedAt { get; init; }

    [JsonPropertyName("revision")]
    public required long Revision { get; init; }

    [JsonPropertyName("heartbeats")]
    public required long Heartbeats { get; init; }

    public static RunResponse From(Run run) => From(run, NonFinite.AsText);

    /// <param name="run">The run.</param>
    /// <param name="nonFinite">How a number that is not finite is written.</param>
    public static RunResponse From(Run run, NonFinite nonFinite) => new()
    {
        Id = run.Id.Value,
        ExperimentId = run.ExperimentId.Value,
        VersionId = run.VersionId.Value,
        State = run.State.ToWireName(),
        StatusMessage = run.StatusMessage,
        Priority = run.Priority,
        LaunchManifest = run.LaunchManifest,
        Overrides = run.Overrides,
        Labels = run.Labels,
        Requires = run.Requires,
        HealthPolicy = HealthPolicyBody.From(run.HealthPolicy),
        Attempt = run.Attempt,
        WorkerId = run.WorkerId,
        RuntimeStatus = run.RuntimeStatus?.ToWireName(),
        HealthStatus = run.HealthStatus.ToWireName(),
        HealthChangedAt = Rfc3339.ToWire(run.HealthChangedAt),
        SnoozedUntil = Rfc3339.ToWire(run.SnoozedUntil),
        LastHeartbeatAt = Rfc3339.ToWire(run.LastHeartbeatAt),
        LastRefusal = LastRefusalResponse.From(run.LastRefusal),
        CurrentStep = run.CurrentStep,
        SamplesPerSec = Measure(run.SamplesPerSec, nonFinite),
        Loss = Measure(run.Loss, nonFinite),
        CheckpointVersion = run.CheckpointVersion,
        CheckpointUri = run.CheckpointUri,
        ResumePoint = ResumePointResponse.From(run.ResumePoint),
        Metrics = run.Metrics?.ToDictionary(pair => pair.Key, pair => Measure(pair.Value, nonFinite)),
        Tuned = run.Tuned is { Count: > 0 } tuned ? tuned.ToDictionary(pair => pair.Key, pair => pair.Value.Value!.Value) : ReadOnlyDictionary<string, double>.Empty,
        StartedAt = Rfc3339.ToWire(run.StartedAt),
        EndedAt = Rfc3339.ToWire(run.EndedAt),
        EndReason = run.EndReason?.ToWireName(),
        EndMessage = run.EndMessage,
        CreatedBy = run.CreatedBy,
        CreatedAt = Rfc3339.ToWire(run.CreatedAt),
        UpdatedAt = Rfc3339.ToWire(run.UpdatedAt),
        Revision = run.Revision,
        Heartbeats = run.Heartbeats,
    };

    private static double? Measure(double? number, NonFinite nonFinite) =>
        nonFinite == NonFinite.AsNull && number is { } given && !double.IsFinite(given) ? null : number;
}

/// <summary>How a number that is not finite is written: JSON has none.</summary>
internal enum NonFinite
{
    /// <summary>As one of the strings <c>NaN</c>, <c>Infinity</c> and <c>-Infinity</c>.</summary>
    AsText,

    /// <summary>As null, for readers whose types hold numbers only.</summary>
    AsNull,
}

internal sealed class LastRefusalResponse
{
    [JsonPropertyName("code")]
    public required string Code { get; init; }

    [JsonPropertyName("at")]
    public required DateTime At { get; init; }

    public static LastRefusalResponse? From(LastRefusal? refusal) =>
        refusal is null ? null : new() { Code = refusal.Name, At = Rfc3339.ToWire(refusal.At) };
}

/// <summary>A checkpoint that an attempt may begin from.</summary>
internal sealed class ResumePointResponse
{
    [JsonPropertyName("run_id")]
    public required string RunId { get; init; }

    [JsonPropertyName("attempt")]
    public required int Attempt { get; init; }

    [JsonPropertyName("version")]
    public required long Version { get; init; }

    [JsonPropertyName("step")]
    public required long Step { get; init; }

    [JsonPropertyName("uri")]
    public required string Uri { get; init; }

    public static ResumePointResponse? From(ResumePoint? point) => point is null
        ? null
        : new() { RunId = point.RunId.Value, Attempt = point.Attempt, Version = point.Version, Step = point.Step, Uri = point.Uri };
}

/// <summary>The run that a claim got.</summary>
internal sealed class ClaimResponse
{
    [JsonPropertyName("run")]
    public required RunResponse Run { get; init; }

    [JsonPropertyName("claim_id")]
    [Description("The hand-over: the worker sends it with its heartbeats, polls, acknowledgements and transitions.")]
    public required string? ClaimId { get; init; }
}

internal sealed class RunListResponse
{
    [JsonPropertyName("runs")]
    public required IEnumerable<RunResponse> Runs { get; init; }

    [JsonPropertyName("next_cursor")]
    [Description("Where the next page begins; null on the last.")]
    public required string? NextCursor { get; init; }
}
