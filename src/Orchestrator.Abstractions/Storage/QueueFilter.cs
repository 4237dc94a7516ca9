using System.Collections.Frozen;

namespace Orchestrator.Storage;

/// <summary>Which queued runs a claim may take.</summary>
public sealed record QueueFilter
{
    /// <summary>Labels that the run must have, all of them.</summary>
    public IReadOnlyDictionary<string, string> Labels { get; init; } = FrozenDictionary<string, string>.Empty;

    /// <summary>What the worker offers: it must contain all that the run requires (<see cref="RunHead.Requires"/>).</summary>
    public IReadOnlyDictionary<string, string> Offers { get; init; } = FrozenDictionary<string, string>.Empty;
}
