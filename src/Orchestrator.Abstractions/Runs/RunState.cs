namespace Orchestrator;

/// <summary>Where a run is in its life. It follows observed facts; <c>docs/lifecycle.md</c> has the table of transitions.</summary>
public enum RunState
{
    /// <summary>Waits for a worker.</summary>
    Queued = 1,

    /// <summary>A worker took it, or a scheduler is bringing it up; no heartbeat yet.</summary>
    Provisioning,

    /// <summary>Its worker makes progress.</summary>
    Running,

    /// <summary>Its worker holds it.</summary>
    Paused,

    /// <summary>It was told to end, and has not ended yet.</summary>
    Terminating,

    /// <summary>Ended well. Terminal.</summary>
    Completed,

    /// <summary>Ended by a failure. Terminal.</summary>
    Failed,

    /// <summary>Its worker reported an error; it may recover, be restarted or be failed.</summary>
    Errored,

    /// <summary>Ended on command. Terminal.</summary>
    Terminated,
}

/// <summary>The wire names of <see cref="RunState"/>.</summary>
public static class RunStates
{
    /// <summary>The name on the wire, such as <c>running</c>.</summary>
    public static string ToWireName(this RunState state) => state switch
    {
        RunState.Queued => "queued",
        RunState.Provisioning => "provisioning",
        RunState.Running => "running",
        RunState.Paused => "paused",
        RunState.Terminating => "terminating",
        RunState.Completed => "completed",
        RunState.Failed => "failed",
        RunState.Errored => "errored",
        RunState.Terminated => "terminated",
        _ => throw new ArgumentOutOfRangeException(nameof(state), state, "not a run state"),
    };

    /// <summary>Reads a wire name, case-sensitively.</summary>
    public static bool TryParse(string? wireName, out RunState state)
    {
        state = wireName switch
        {
            "queued" => RunState.Queued,
            "provisioning" => RunState.Provisioning,
            "running" => RunState.Running,
            "paused" => RunState.Paused,
            "terminating" => RunState.Terminating,
            "completed" => RunState.Completed,
            "failed" => RunState.Failed,
            "errored" => RunState.Errored,
            "terminated" => RunState.Terminated,
            _ => default,
        };
        return state != default;
    }

    /// <summary>Whether the state is absorbing: <c>completed</c>, <c>failed</c> or <c>terminated</c>.</summary>
    public static bool IsTerminal(this RunState state) => state is RunState.Completed or RunState.Failed or RunState.Terminated;
}
