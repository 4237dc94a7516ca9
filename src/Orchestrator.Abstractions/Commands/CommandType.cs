namespace Orchestrator;

/// <summary>What a command asks of a worker.</summary>
public enum CommandType
{
    /// <summary>Hold the run.</summary>
    Pause = 1,

    /// <summary>Go on.</summary>
    Resume,

    /// <summary>End the run.</summary>
    Terminate,

    /// <summary>Change one or more tunables.</summary>
    Tune,
}

/// <summary>The wire names of <see cref="CommandType"/>.</summary>
public static class CommandTypes
{
    /// <summary>The name on the wire, such as <c>pause</c>.</summary>
    public static string ToWireName(this CommandType value) => value switch
    {
        CommandType.Pause => "pause",
        CommandType.Resume => "resume",
        CommandType.Terminate => "terminate",
        CommandType.Tune => "tune",
        _ => throw new ArgumentOutOfRangeException(nameof(value), value, "not a command type"),
    };

    /// <summary>Reads a wire name, case-sensitively.</summary>
    public static bool TryParse(string? wireName, out CommandType value)
    {
        value = wireName switch
        {
            "pause" => CommandType.Pause,
            "resume" => CommandType.Resume,
            "terminate" => CommandType.Terminate,
            "tune" => CommandType.Tune,
            _ => default,
        };
        return value != default;
    }
}
