using System.Collections.Frozen;
using System.Text.Json;

namespace Orchestrator.Client.Runs;

/// <summary>A run in an answer.</summary>
internal sealed class RunBody
{
    public required RunId Id { get; init; }

    public required ExperimentId ExperimentId { get; init; }

    public required VersionId VersionId { get; init; }

    public required RunState State { get; init; }

    public string? StatusMessage { get; init; }

    public int Priority { get; init; }

    public JsonElement? LaunchManifest { get; init; }

    public JsonElement? Overrides { get; init; }

    public required IReadOnlyDictionary<string, string> Labels { get; init; }

    public IReadOnlyDictionary<string, string>? Requires { get; init; }

    public HealthPolicy? HealthPolicy { get; init; }

    public required int Attempt { get; init; }

    public string? WorkerId { get; init; }

    public ResumePoint? ResumePoint { get; init; }

    public RuntimeStatus? RuntimeStatus { get; init; }

    public required HealthStatus HealthStatus { get; init; }

    public DateTimeOffset? HealthChangedAt { get; init; }

    public DateTimeOffset? SnoozedUntil { get; init; }

    public DateTimeOffset? LastHeartbeatAt { get; init; }

    public LastRefusalBody? LastRefusal { get; init; }

    public long CurrentStep { get; init; }

    public double? SamplesPerSec { get; init; }

    public double? Loss { get; init; }

    public long CheckpointVersion { get; init; }

    public string? CheckpointUri { get; init; }

    public IReadOnlyDictionary<string, double>? Metrics { get; init; }

    public required IReadOnlyDictionary<string, double> Tuned { get; init; }

    public DateTimeOffset? StartedAt { get; init; }

    public DateTimeOffset? EndedAt { get; init; }

    public EndReason? EndReason { get; init; }

    public string? EndMessage { get; init; }

    public string? CreatedBy { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public required DateTimeOffset UpdatedAt { get; init; }

    public required long Revision { get; init; }

    public long Heartbeats { get; init; }

    /// <param name="withManifest">Whether the manifest is wanted, where the answer has it.</param>
    /// <param name="claimId">The id of the hand-over, in the answer to a claim.</param>
    public Run ToRun(bool withManifest = true, string? claimId = null) => new(ToHead(), ToProgress(), withManifest ? ToManifest() : null, claimId);

    private RunHead ToHead() => new()
    {
        Id = Id,
        ExperimentId = ExperimentId,
        VersionId = VersionId,
        Priority = Priority,
        Labels = Labels,
        Requires = Requires ?? FrozenDictionary<string, string>.Empty,
        HealthPolicy = HealthPolicy,
        CreatedBy = CreatedBy,
        CreatedAt = CreatedAt,
        State = State,
        Attempt = Attempt,
        WorkerId = WorkerId,
        ResumePoint = ResumePoint,
        StartedAt = StartedAt,
        Ending = EndReason is { } reason && EndedAt is { } at ? new RunEnding(reason, at, EndMessage) : null,
        Health = HealthStatus,
        HealthChangedAt = HealthChangedAt,
        SnoozedUntil = SnoozedUntil,
        LastRefusal = LastRefusal is { } refusal ? Orchestrator.LastRefusal.Of(refusal.Code, refusal.At) : null,
        Tuned = Tuned.ToDictionary(tuned => tuned.Key, tuned => new TunedValue(tuned.Value, 0), StringComparer.Ordinal),
        ChangedAt = UpdatedAt,
        Revision = Revision,
    };

    private RunProgress ToProgress() => new()
    {
        Status = RuntimeStatus,
        LastHeartbeatAt = LastHeartbeatAt,
        CurrentStep = CurrentStep,
        SamplesPerSec = SamplesPerSec,
        Loss = Loss,
        CheckpointVersion = CheckpointVersion,
        CheckpointUri = CheckpointUri,
        Metrics = Metrics,
        StatusMessage = StatusMessage,
        Heartbeats = Heartbeats,
    };

    private RunManifest? ToManifest() => LaunchManifest is { } manifest && Overrides is { } overrides ? new RunManifest(manifest, overrides) : null;
}

/// <summary>The last refusal. Its code may be one that this client does not know yet.</summary>
internal sealed class LastRefusalBody
{
    public required string Code { get; init; }

    public required DateTimeOffset At { get; init; }
}

internal sealed class RunListBody
{
    public required IReadOnlyList<RunBody> Runs { get; init; }

    public string? NextCursor { get; init; }
}
