namespace Orchestrator;

/// <summary>Bounds of single calls: section <c>Orchestrator:Limits</c>.</summary>
public sealed class LimitOptions
{
    /// <summary>
    /// The longest time that a poll for a command or a claim waits. A longer <c>wait</c>, up to 60 s, is not refused: the call ends after this time with
    /// no command or no run. Set it below the idle time-out of a proxy. Default 60 s; above 0, at most 60 s.
    /// </summary>
    public TimeSpan MaxWait { get; set; } = TimeSpan.FromSeconds(60);
}
