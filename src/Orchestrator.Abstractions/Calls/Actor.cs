using System.Text.Json;
using System.Text.Json.Serialization;

namespace Orchestrator;

/// <summary>Who asks for a control action.</summary>
/// <param name="Type">A person or a program.</param>
/// <param name="Id">Which one: 1 to 256 characters.</param>
public sealed record Actor(ActorType Type, string Id)
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
