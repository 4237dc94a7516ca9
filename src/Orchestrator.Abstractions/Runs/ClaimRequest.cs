using System.Collections.Frozen;

namespace Orchestrator;

/// <summary>A worker's request for the next queued run.</summary>
public sealed record ClaimRequest
{
    /// <summary>Who asks, 1 to 256 characters. Required.</summary>
    public string WorkerId { get; init; } = "";

    /// <summary>Labels that the run must have, all of them.</summary>
    public IReadOnlyDictionary<string, string> Labels { get; init; } = FrozenDictionary<string, string>.Empty;

    /// <summary>What the worker offers: a run is given only to a claim whose offers contain all that the run requires.</summary>
    public IReadOnlyDictionary<string, string> Offers { get; init; } = FrozenDictionary<string, string>.Empty;

    /// <summary>The one run that is asked for. Absent: whichever matches.</summary>
    public RunId? Run { get; init; }

    /// <summary>
    /// Whether this worker id is used by one process at a time, so that a run of it which has had heartbeats is taken over in the next attempt: the
    /// process that sent them has ended.
    /// </summary>
    public bool Takeover { get; init; }

    /// <summary>How long to wait for a run, 0 to 60 s.</summary>
    public TimeSpan Wait { get; init; }
}
