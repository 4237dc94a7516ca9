using System.Text.Json;
using System.Text.Json.Serialization;

namespace Orchestrator;

/// <summary>What a worker says of itself in a heartbeat.</summary>
public enum RuntimeStatus
{
    /// <summary>It makes progress.</summary>
    Running = 1,

    /// <summary>It holds the run.</summary>
    Paused,

    /// <summary>It is bringing the run to its end.</summary>
    Terminating,

    /// <summary>It met an error.</summary>
    Errored,
}

/// <summary>The wire names of <see cref="RuntimeStatus"/>.</summary>
public static class RuntimeStatuses
{
    /// <summary>The name on the wire, such as <c>running</c>.</summary>
    public static string ToWireName(this RuntimeStatus value) => value switch
    {
        RuntimeStatus.Running => "running",
        RuntimeStatus.Paused => "paused",
        RuntimeStatus.Terminating => "terminating",
        RuntimeStatus.Errored => "errored",
        _ => throw new ArgumentOutOfRangeException(nameof(value), value, "not a runtime status"),
    };

    /// <summary>Reads a wire name, case-sensitively.</summary>
    public static bool TryParse(string? wireName, out RuntimeStatus value)
    {
        value = wireName switch
        {
            "running" => RuntimeStatus.Running,
            "paused" => RuntimeStatus.Paused,
            "terminating" => RuntimeStatus.Terminating,
            "errored" => RuntimeStatus.Errored,
            _ => default,
        };
        return value != default;
    }
}

/// <summary>
/// Changes of a worker's status that came sooner than <c>Heartbeats:MinInterval</c> after the heartbeat before, without a slower heartbeat in between. Their
/// number is bounded, because each may be a transition, an event and a log entry.
/// </summary>
/// <param name="Count">How many there were.</param>
/// <param name="LastAt">When the last of them was accepted. A later heartbeat ends the row.</param>
public sealed record QuickStatusChanges(int Count, DateTimeOffset LastAt)
{
    private UnknownMembers _unknown;

    /// <inheritdoc cref="UnknownMembers"/>
    [JsonInclude, JsonExtensionData]
    internal Dictionary<string, JsonElement>? Unknown
    {
        get => _unknown.Members;
        set => _unknown = new UnknownMembers(value);
    }
}
