namespace Orchestrator;

/// <summary>Who asks for a control action.</summary>
public enum ActorType
{
    /// <summary>A person, or a tool in a person’s hand.</summary>
    Operator = 1,

    /// <summary>A program: a scheduler, a policy, a pipeline.</summary>
    System,
}

/// <summary>The wire names of <see cref="ActorType"/>.</summary>
public static class ActorTypes
{
    /// <summary>The name on the wire, such as <c>operator</c>.</summary>
    public static string ToWireName(this ActorType value) => value switch
    {
        ActorType.Operator => "operator",
        ActorType.System => "system",
        _ => throw new ArgumentOutOfRangeException(nameof(value), value, "not an actor type"),
    };

    /// <summary>Reads a wire name, case-sensitively.</summary>
    public static bool TryParse(string? wireName, out ActorType value)
    {
        value = wireName switch
        {
            "operator" => ActorType.Operator,
            "system" => ActorType.System,
            _ => default,
        };
        return value != default;
    }
}
