namespace Orchestrator;

/// <summary>How long things are kept: section <c>Orchestrator:Retention</c>.</summary>
public sealed class RetentionOptions
{
    /// <summary>How long an ended run is kept with all that belongs to it. Default <see langword="null"/>: for ever.</summary>
    public TimeSpan? EndedRuns { get; set; }

    /// <summary>How many ended runs the in-memory store keeps; beyond that the one that ended first goes. Default 10,000; at least 0.</summary>
    public int MaxEndedRuns { get; set; } = 10_000;
}
