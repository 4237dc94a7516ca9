namespace Orchestrator;

/// <summary>Why a run ended.</summary>
public enum EndReason
{
    /// <summary>Its work was done.</summary>
    Completed = 1,

    /// <summary>It was reported as failed.</summary>
    Failed,

    /// <summary>It was told to end and its worker agreed, or it was ended before a worker had it.</summary>
    Terminated,

    /// <summary>It was told to end and its worker did not acknowledge that in time.</summary>
    Forced,

    /// <summary>No worker brought it to life in time.</summary>
    StartTimeout,

    /// <summary>Its worker fell silent, and the policy says to fail such runs.</summary>
    LostWorker,
}

/// <summary>The wire names of <see cref="EndReason"/>.</summary>
public static class EndReasons
{
    /// <summary>The name on the wire, such as <c>completed</c>.</summary>
    public static string ToWireName(this EndReason value) => value switch
    {
        EndReason.Completed => "completed",
        EndReason.Failed => "failed",
        EndReason.Terminated => "terminated",
        EndReason.Forced => "forced",
        EndReason.StartTimeout => "start_timeout",
        EndReason.LostWorker => "lost_worker",
        _ => throw new ArgumentOutOfRangeException(nameof(value), value, "not a end reason"),
    };

    /// <summary>Reads a wire name, case-sensitively.</summary>
    public static bool TryParse(string? wireName, out EndReason value)
    {
        value = wireName switch
        {
            "completed" => EndReason.Completed,
            "failed" => EndReason.Failed,
            "terminated" => EndReason.Terminated,
            "forced" => EndReason.Forced,
            "start_timeout" => EndReason.StartTimeout,
            "lost_worker" => EndReason.LostWorker,
            _ => default,
        };
        return value != default;
    }
}
