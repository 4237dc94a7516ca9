using System.Collections.ObjectModel;
using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;
using Orchestrator.AspNetCore.Bodies;

namespace Orchestrator.AspNetCore.Runs;

internal sealed class ClaimRunRequest : RequestBody, INumericBody
{
    [JsonPropertyName("worker_id")]
    [Required]
    public string? WorkerId { get; set; }

    [JsonPropertyName("labels")]
    [Description("All of them must match.")]
    public Dictionary<string, string>? Labels { get; set; }

    [JsonPropertyName("offers")]
    [Description("What the worker offers: it is given only runs that require nothing else.")]
    public Dictionary<string, string>? Offers { get; set; }

    [JsonPropertyName("run_id")]
    [Description("The one run that is asked for. Absent: whichever matches.")]
    public string? RunId { get; set; }

    [JsonPropertyName("takeover")]
    [Description("Whether the worker id is used by one process at a time, so that a run of it which has had heartbeats is taken over in its next attempt.")]
    public bool? Takeover { get; set; }

    [JsonPropertyName("wait")]
    [Range(0, 60)]
    [Description("Seconds to wait for a run.")]
    public double? Wait { get; set; }

    public string? FindNumberOutOfRange(ReadOnlySpan<byte> json) => Numbers.IsInfinite(Wait) ? "wait" : null;

    public ClaimRequest ToRequest() => new()
    {
        WorkerId = WorkerId ?? "",
        Labels = Labels is null ? ReadOnlyDictionary<string, string>.Empty : Labels,
        Offers = Offers is null ? ReadOnlyDictionary<string, string>.Empty : Offers,
        Run = RunId is null ? null : Orchestrator.RunId.TryParse(RunId, out var run) ? run : default(RunId),
        Takeover = Takeover ?? false,
        Wait = Numbers.ToSpan(Wait ?? 0),
    };
}
