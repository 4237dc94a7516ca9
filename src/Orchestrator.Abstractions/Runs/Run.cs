using System.Text.Json;

namespace Orchestrator;

/// <summary>A run as it stands at one moment (contract, section 1). A snapshot: it does not follow the run.</summary>
/// <param name="head">What control changes.</param>
/// <param name="progress">What heartbeats change.</param>
/// <param name="manifest">What the run was created with, where it was asked for.</param>
/// <param name="claimId">The id of the hand-over, in the answer to a claim.</param>
public sealed class Run(RunHead head, RunProgress progress, RunManifest? manifest = null, string? claimId = null)
{
    /// <inheritdoc cref="RunHead.Id"/>
    public RunId Id => head.Id;

    /// <inheritdoc cref="RunHead.ExperimentId"/>
    public ExperimentId ExperimentId => head.ExperimentId;

    /// <inheritdoc cref="RunHead.VersionId"/>
    public VersionId VersionId => head.VersionId;

    /// <inheritdoc cref="RunHead.State"/>
    public RunState State => head.State;

    /// <inheritdoc cref="RunProgress.StatusMessage"/>
    public string? StatusMessage => progress.StatusMessage;

    /// <inheritdoc cref="RunHead.Priority"/>
    public int Priority => head.Priority;

    /// <summary>What to launch, a JSON object; <see langword="null"/> where the answer leaves it out.</summary>
    public JsonElement? LaunchManifest => manifest?.LaunchManifest;

    /// <summary>What overrides the manifest, a JSON object; <see langword="null"/> where the answer leaves it out.</summary>
    public JsonElement? Overrides => manifest?.Overrides;

    /// <inheritdoc cref="RunHead.Labels"/>
    public IReadOnlyDictionary<string, string> Labels => head.Labels;

    /// <inheritdoc cref="RunHead.Requires"/>
    public IReadOnlyDictionary<string, string> Requires => head.Requires;

    /// <inheritdoc cref="RunHead.HealthPolicy"/>
    public HealthPolicy? HealthPolicy => head.HealthPolicy;

    /// <inheritdoc cref="RunHead.Attempt"/>
    public int Attempt => head.Attempt;

    /// <inheritdoc cref="RunHead.WorkerId"/>
    public string? WorkerId => head.WorkerId;

    /// <summary>
    /// The id of the hand-over that this answers, which the worker sends with its heartbeats, polls, acknowledgements and transitions;
    /// <see langword="null"/> in every answer but that to a claim.
    /// </summary>
    public string? ClaimId => claimId;

    /// <inheritdoc cref="RunHead.ResumePoint"/>
    public ResumePoint? ResumePoint => head.ResumePoint;

    /// <inheritdoc cref="RunProgress.Status"/>
    public RuntimeStatus? RuntimeStatus => progress.Status;

    /// <inheritdoc cref="RunHead.Health"/>
    public HealthStatus HealthStatus => head.Health;

    /// <inheritdoc cref="RunHead.HealthChangedAt"/>
    public DateTimeOffset? HealthChangedAt => head.HealthChangedAt;

    /// <inheritdoc cref="RunProgress.LastHeartbeatAt"/>
    public DateTimeOffset? LastHeartbeatAt => progress.LastHeartbeatAt;

    /// <inheritdoc cref="RunHead.SnoozedUntil"/>
    public DateTimeOffset? SnoozedUntil => head.SnoozedUntil;

    /// <inheritdoc cref="RunHead.LastRefusal"/>
    public LastRefusal? LastRefusal => head.LastRefusal;

    /// <inheritdoc cref="RunProgress.CurrentStep"/>
    public long CurrentStep => progress.CurrentStep;

    /// <inheritdoc cref="RunProgress.SamplesPerSec"/>
    public double? SamplesPerSec => progress.SamplesPerSec;

    /// <inheritdoc cref="RunProgress.Loss"/>
    public double? Loss => progress.Loss;

    /// <inheritdoc cref="RunProgress.CheckpointVersion"/>
    public long CheckpointVersion => progress.CheckpointVersion;

    /// <inheritdoc cref="RunProgress.CheckpointUri"/>
    public string? CheckpointUri => progress.CheckpointUri;

    /// <inheritdoc cref="RunProgress.Metrics"/>
    public IReadOnlyDictionary<string, double>? Metrics => progress.Metrics;

    /// <summary>The tunables in force, from acknowledgements. Each has a value.</summary>
    public IReadOnlyDictionary<string, TunedValue> Tuned => head.Tuned.Count == 0 || head.Tuned.Values.All(tuned => tuned.Value is not null)
        ? head.Tuned
        : head.Tuned.Where(pair => pair.Value.Value is not null).ToDictionary(StringComparer.Ordinal);

    /// <inheritdoc cref="RunHead.StartedAt"/>
    public DateTimeOffset? StartedAt => head.StartedAt;

    /// <summary>When it entered a terminal state.</summary>
    public DateTimeOffset? EndedAt => head.Ending?.At;

    /// <summary>Why it ended.</summary>
    public EndReason? EndReason => head.Ending?.Reason;

    /// <summary>The reason of the transition that ended it, in words.</summary>
    public string? EndMessage => head.Ending?.Message;

    /// <inheritdoc cref="RunHead.CreatedBy"/>
    public string? CreatedBy => head.CreatedBy;

    /// <inheritdoc cref="RunHead.CreatedAt"/>
    public DateTimeOffset CreatedAt => head.CreatedAt;

    /// <summary>When anything of it last changed, heartbeats included.</summary>
    public DateTimeOffset UpdatedAt => progress.LastHeartbeatAt > head.ChangedAt ? progress.LastHeartbeatAt.Value : head.ChangedAt;

    /// <inheritdoc cref="RunHead.Revision"/>
    public long Revision => head.Revision;

    /// <inheritdoc cref="RunProgress.Heartbeats"/>
    public long Heartbeats => progress.Heartbeats;
}
