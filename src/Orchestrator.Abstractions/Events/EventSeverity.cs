namespace Orchestrator;

/// <summary>How much an event matters to whoever is alerted.</summary>
public enum EventSeverity
{
    /// <summary>Good to know.</summary>
    Info = 1,

    /// <summary>Worth a look.</summary>
    Warning,

    /// <summary>Worth waking somebody.</summary>
    Critical,
}

/// <summary>The wire names of <see cref="EventSeverity"/>.</summary>
public static class EventSeverities
{
    /// <summary>The name on the wire, such as <c>warning</c>.</summary>
    public static string ToWireName(this EventSeverity value) => value switch
    {
        EventSeverity.Info => "info",
        EventSeverity.Warning => "warning",
        EventSeverity.Critical => "critical",
        _ => throw new ArgumentOutOfRangeException(nameof(value), value, "not a severity"),
    };

    /// <summary>Reads a wire name, case-sensitively.</summary>
    public static bool TryParse(string? wireName, out EventSeverity value)
    {
        value = wireName switch
        {
            "info" => EventSeverity.Info,
            "warning" => EventSeverity.Warning,
            "critical" => EventSeverity.Critical,
            _ => default,
        };
        return value != default;
    }
}
