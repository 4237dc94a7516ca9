namespace Orchestrator;

/// <summary>Which runs to list. What is empty or absent does not filter.</summary>
public sealed record RunFilter
{
    /// <summary>Any of these states.</summary>
    public IReadOnlyList<RunState> States { get; init; } = [];

    /// <summary>Any of these conclusions.</summary>
    public IReadOnlyList<HealthStatus> Health { get; init; } = [];

    /// <summary>Any of these experiments.</summary>
    public IReadOnlyList<ExperimentId> Experiments { get; init; } = [];

    /// <summary>All of these labels.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Labels { get; init; } = [];

    /// <summary>Created later than this.</summary>
    public DateTimeOffset? CreatedAfter { get; init; }

    /// <summary>Created earlier than this.</summary>
    public DateTimeOffset? CreatedBefore { get; init; }
}

/// <summary>How much of a run is read.</summary>
public enum RunDetail
{
    /// <summary>The run without <see cref="Run.LaunchManifest"/> and <see cref="Run.Overrides"/>.</summary>
    Summary,

    /// <summary>The run with <see cref="Run.LaunchManifest"/> and <see cref="Run.Overrides"/>.</summary>
    Full,
}
