using System.Collections.Frozen;
using Orchestrator.Client.Workers.Claims;

namespace Orchestrator;

/// <summary>Which runs a worker in an application claims, and how it holds them.</summary>
public sealed class WorkerOptions
{
    /// <summary>
    /// The name of the worker, up to 240 characters; nobody else may have the same. Default: the name of the machine and the id of the process.
    /// Of several runs at once, and of several trainers with the same name, each but the first is claimed with a number after it: worker, worker-2, worker-3.
    /// </summary>
    public string WorkerId { get; set; } = WorkerIds.OfProcess;

    /// <summary>What runs must be labelled with, all of it. Default: nothing.</summary>
    public IReadOnlyDictionary<string, string> Labels { get; set; } = FrozenDictionary<string, string>.Empty;

    /// <summary>What the worker offers: it gets only runs that require nothing else. Default: nothing.</summary>
    public IReadOnlyDictionary<string, string> Offers { get; set; } = FrozenDictionary<string, string>.Empty;

    /// <summary>
    /// Whether <see cref="WorkerId"/> is used by one process at a time, so that the worker takes over the runs that an earlier process of that name has
    /// left (<see cref="ClaimOptions.Takeover"/>). Default <see langword="false"/>.
    /// </summary>
    public bool Takeover { get; set; }

    /// <summary>How many runs are executed at once, 1 to 1,000. Default 1.</summary>
    public int MaxConcurrentRuns { get; set; } = 1;

    /// <summary>How each run is held. The shutdown, the clock and the log are the application's.</summary>
    public WorkerRunOptions Run { get; set; } = new();
}
