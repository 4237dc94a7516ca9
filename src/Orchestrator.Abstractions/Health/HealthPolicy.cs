using System.Text.Json;
using System.Text.Json.Serialization;

namespace Orchestrator;

/// <summary>Thresholds of one run that differ from the host's options; what is <see langword="null"/> follows the options.</summary>
/// <param name="StaleAfter">Silence after which the run is <see cref="HealthStatus.HeartbeatStale"/>.</param>
/// <param name="UnresponsiveAfter">Silence after which it is <see cref="HealthStatus.Unresponsive"/>.</param>
/// <param name="StalledAfter">Time without an advance of its step after which it is <see cref="HealthStatus.Stalled"/>; zero switches that off.</param>
public sealed record HealthPolicy(TimeSpan? StaleAfter = null, TimeSpan? UnresponsiveAfter = null, TimeSpan? StalledAfter = null)
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
