using System.Text.Json;
using System.Text.Json.Serialization;

namespace Orchestrator;

/// <summary>A checkpoint that an attempt may begin from. It is an offer: the counters of the attempt begin at 0.</summary>
/// <param name="RunId">The run whose checkpoint it is.</param>
/// <param name="Attempt">The attempt that made the checkpoint.</param>
/// <param name="Version">The version of the checkpoint in that attempt.</param>
/// <param name="Step">The step of the heartbeat that reported the checkpoint first.</param>
/// <param name="Uri">Where the checkpoint is.</param>
public sealed record ResumePoint(RunId RunId, int Attempt, long Version, long Step, string Uri)
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
