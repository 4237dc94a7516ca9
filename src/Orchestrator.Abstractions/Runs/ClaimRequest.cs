using System.Collections.Frozen;

namespace Orchestrator;

/// <summary>A worker's request for the next queued run.</summary>
public sealed record ClaimRequest
{
    /// <summary>Who asks, 1 to 256 characters. Required.</summary>
    public string WorkerId { get; init; } = "";

    /// <summary>Labels that the run must have, all of them.</summary>
    public IReadOnlyDictionary<string, string> Labels { get; init; } = FrozenDictionary<string, string>.Empty;

    /// <summary>How long to wait for a run, 0 to 60 s.</summary>
    public TimeSpan Wait { get; init; }
}
