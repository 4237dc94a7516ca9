using System.ComponentModel;
using System.Text.Json.Serialization;
using Orchestrator.AspNetCore.Bodies;

namespace Orchestrator.AspNetCore.Runs;

/// <summary>Thresholds of one run, in seconds.</summary>
internal sealed class HealthPolicyBody : RequestBody
{
    [JsonPropertyName("stale_after")]
    [Description("Seconds of silence.")]
    public double? StaleAfter { get; set; }

    [JsonPropertyName("unresponsive_after")]
    [Description("Seconds of silence.")]
    public double? UnresponsiveAfter { get; set; }

    [JsonPropertyName("stalled_after")]
    [Description("Seconds without an advance of the step; 0 switches it off.")]
    public double? StalledAfter { get; set; }

    [JsonIgnore]
    public bool HasInfinity => Numbers.IsInfinite(StaleAfter) || Numbers.IsInfinite(UnresponsiveAfter) || Numbers.IsInfinite(StalledAfter);

    public HealthPolicy ToPolicy() => new(ToSpan(StaleAfter), ToSpan(UnresponsiveAfter), ToSpan(StalledAfter));

    public static HealthPolicyBody? From(HealthPolicy? policy) => policy is null
        ? null
        : new()
        {
            StaleAfter = policy.StaleAfter?.TotalSeconds,
            UnresponsiveAfter = policy.UnresponsiveAfter?.TotalSeconds,
            StalledAfter = policy.StalledAfter?.TotalSeconds,
        };

    private static TimeSpan? ToSpan(double? seconds) => seconds is { } given ? Numbers.ToSpan(given) : null;
}
