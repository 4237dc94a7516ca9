namespace Orchestrator;

/// <summary>What a worker did with a command.</summary>
public enum AckOutcome
{
    /// <summary>It did as asked.</summary>
    Applied = 1,

    /// <summary>It refused, or could not.</summary>
    Rejected,
}

/// <summary>The wire names of <see cref="AckOutcome"/>.</summary>
public static class AckOutcomes
{
    /// <summary>The name on the wire, such as <c>applied</c>.</summary>
    public static string ToWireName(this AckOutcome value) => value switch
    {
        AckOutcome.Applied => "applied",
        AckOutcome.Rejected => "rejected",
        _ => throw new ArgumentOutOfRangeException(nameof(value), value, "not an outcome"),
    };

    /// <summary>Reads a wire name, case-sensitively.</summary>
    public static bool TryParse(string? wireName, out AckOutcome value)
    {
        value = wireName switch
        {
            "applied" => AckOutcome.Applied,
            "rejected" => AckOutcome.Rejected,
            _ => default,
        };
        return value != default;
    }
}
