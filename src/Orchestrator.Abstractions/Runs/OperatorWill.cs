using System.Text.Json;
using System.Text.Json.Serialization;

namespace Orchestrator;

/// <summary>What operators want of a run: what their applied commands come to. It is carried over to each new attempt.</summary>
/// <param name="Paused">Whether the last applied <c>pause</c> or <c>resume</c> was a <c>pause</c>.</param>
/// <param name="Tuned">The values of the applied <c>tune</c> commands, by name.</param>
public sealed record OperatorWill(bool Paused, IReadOnlyDictionary<string, double> Tuned)
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
