using System.Collections.Frozen;
using System.Text.Json;

namespace Orchestrator;

/// <summary>A request to create a run.</summary>
public sealed record NewRun
{
    /// <summary>The id to give it. Absent: a fresh one, or one derived from the idempotency key.</summary>
    public RunId? Id { get; init; }

    /// <summary>The experiment that it belongs to. Required.</summary>
    public ExperimentId ExperimentId { get; init; }

    /// <summary>The version that it executes. Required.</summary>
    public VersionId VersionId { get; init; }

    /// <summary>What to launch: a JSON object; absent means an empty one.</summary>
    public JsonElement? LaunchManifest { get; init; }

    /// <summary>What overrides the manifest: a JSON object; absent means an empty one.</summary>
    public JsonElement? Overrides { get; init; }

    /// <summary>At most 64; keys of 1 to 63 characters without <c>:</c>, values of up to 256.</summary>
    public IReadOnlyDictionary<string, string> Labels { get; init; } = FrozenDictionary<string, string>.Empty;

    /// <summary>What a worker must offer to be given the run, bounded as <see cref="Labels"/> are.</summary>
    public IReadOnlyDictionary<string, string> Requires { get; init; } = FrozenDictionary<string, string>.Empty;

    /// <summary>Higher is claimed first. Default 0.</summary>
    public int Priority { get; init; }

    /// <summary>Thresholds of this run's own, each above zero (<c>StalledAfter</c> may be zero).</summary>
    public HealthPolicy? HealthPolicy { get; init; }

    /// <summary>Who creates it, up to 256 characters. Absent: the authenticated caller.</summary>
    public string? CreatedBy { get; init; }
}
