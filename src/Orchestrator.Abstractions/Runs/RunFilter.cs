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

/// <summary>One page of a list.</summary>
/// <typeparam name="T">What is listed.</typeparam>
/// <param name="Items">The items, in the order of the list.</param>
/// <param name="Next">Where the next page begins; <see langword="null"/> when this is the last.</param>
public sealed record Page<T>(IReadOnlyList<T> Items, string? Next);
