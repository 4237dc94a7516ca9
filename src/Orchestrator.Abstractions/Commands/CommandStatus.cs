namespace Orchestrator;

/// <summary>How far a command has come.</summary>
public enum CommandStatus
{
    /// <summary>Accepted, and to be delivered.</summary>
    Pending = 1,

    /// <summary>Handed to the worker, and not acknowledged.</summary>
    Delivered,

    /// <summary>Acknowledged as done.</summary>
    Applied,

    /// <summary>Acknowledged as not done.</summary>
    Rejected,

    /// <summary>Overtaken by a later command or by the end of the run.</summary>
    Superseded,

    /// <summary>Not delivered before its <c>expires_at</c>.</summary>
    Expired,
}

/// <summary>The wire names of <see cref="CommandStatus"/>.</summary>
public static class CommandStatuses
{
    /// <summary>The name on the wire, such as <c>pending</c>.</summary>
    public static string ToWireName(this CommandStatus value) => value switch
    {
        CommandStatus.Pending => "pending",
        CommandStatus.Delivered => "delivered",
        CommandStatus.Applied => "applied",
        CommandStatus.Rejected => "rejected",
        CommandStatus.Superseded => "superseded",
        CommandStatus.Expired => "expired",
        _ => throw new ArgumentOutOfRangeException(nameof(value), value, "not a command status"),
    };

    /// <summary>Reads a wire name, case-sensitively.</summary>
    public static bool TryParse(string? wireName, out CommandStatus value)
    {
        value = wireName switch
        {
            "pending" => CommandStatus.Pending,
            "delivered" => CommandStatus.Delivered,
            "applied" => CommandStatus.Applied,
            "rejected" => CommandStatus.Rejected,
            "superseded" => CommandStatus.Superseded,
            "expired" => CommandStatus.Expired,
            _ => default,
        };
        return value != default;
    }
}
