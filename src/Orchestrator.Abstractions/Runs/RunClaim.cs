using System.Text.Json;
using System.Text.Json.Serialization;

namespace Orchestrator;

/// <summary>The hand-over of an attempt to a worker.</summary>
/// <param name="Id">A random id. What workers send with another one is refused as <see cref="RefusalCode.StaleAttempt"/>.</param>
/// <param name="Principal">The authenticated caller that claimed it; <see langword="null"/> for a caller that was not authenticated.</param>
public sealed record RunClaim(string Id, string? Principal)
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
