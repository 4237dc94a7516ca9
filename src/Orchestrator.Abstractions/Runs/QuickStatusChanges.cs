using System.Text.Json;
using System.Text.Json.Serialization;

namespace Orchestrator;

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
