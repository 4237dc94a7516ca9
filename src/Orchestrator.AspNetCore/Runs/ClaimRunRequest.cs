using System.Collections.ObjectModel;
using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;
using Orchestrator.AspNetCore.Http;

namespace Orchestrator.AspNetCore.Runs;

internal sealed class ClaimRunRequest : RequestBody, INumericBody
{
    [JsonPropertyName("worker_id")]
    [Required]
    public string? WorkerId { get; set; }

    [JsonPropertyName("labels")]
    [Description("All of them must match.")]
    public Dictionary<string, string>? Labels { get; set; }

    [JsonPropertyName("wait")]
    [Range(0, 60)]
    [Description("Seconds to wait for a run.")]
    public double? Wait { get; set; }

    public string? FindNumberOutOfRange(ReadOnlySpan<byte> json) => Numbers.IsInfinite(Wait) ? "wait" : null;

    public ClaimRequest ToRequest() => new()
    {
        WorkerId = WorkerId ?? "",
        Labels = Labels is null ? ReadOnlyDictionary<string, string>.Empty : Labels,
        Wait = Numbers.ToSpan(Wait ?? 0),
    };
}
