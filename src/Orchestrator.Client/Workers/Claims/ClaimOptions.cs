using System.Collections.Frozen;

namespace Orchestrator;

/// <summary>Which run a worker claims, and for how long it waits for one.</summary>
public sealed record ClaimOptions
{
    /// <summary>What the run must be labelled with, all of it. Default: nothing.</summary>
    public IReadOnlyDictionary<string, string> Labels { get; init; } = FrozenDictionary<string, string>.Empty;

    /// <summary>What the worker offers: it gets only runs that require nothing else (<see cref="Run.Requires"/>). Default: nothing.</summary>
    public IReadOnlyDictionary<string, string> Offers { get; init; } = FrozenDictionary<string, string>.Empty;

    /// <summary>
    /// How long to wait for a run, also while the orchestrator does not answer; <see cref="Timeout.InfiniteTimeSpan"/> for ever. Default: not at all.
    /// </summary>
    public TimeSpan Wait { get; init; }

    /// <summary>
    /// Whether the worker id is used by one process at a time, such as the name of a StatefulSet's pod or of a systemd unit. Then the first claim of this
    /// process takes over the run that an earlier process of that name has left, in the run's next attempt. Default <see langword="false"/>.
    /// </summary>
    public bool Takeover { get; init; }
}
