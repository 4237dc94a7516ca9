using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;
using Orchestrator.AspNetCore.Audit;
using Orchestrator.AspNetCore.Bodies;
using Orchestrator.AspNetCore.Http;

namespace Orchestrator.AspNetCore.Runs;

internal sealed class SnoozeRunRequest : RequestBody, INumericBody
{
    [JsonIgnore]
    public override IEnumerable<(string Member, RequestBody? Body)> Parts => [("actor", Actor)];

    [JsonPropertyName("until")]
    [Description("RFC 3339. Either this or seconds.")]
    public string? Until { get; set; }

    [JsonPropertyName("seconds")]
    [Range(0, 31_622_400)]
    [Description("From now; 0 ends the snooze. Either this or until.")]
    public double? Seconds { get; set; }

    [JsonPropertyName("reason")]
    [Required]
    [StringLength(1_024, MinimumLength = 1)]
    public string? Reason { get; set; }

    [JsonPropertyName("actor")]
    [Description("Required, unless the caller is authenticated.")]
    public ActorBody? Actor { get; set; }

    public string? FindNumberOutOfRange(ReadOnlySpan<byte> json) => Numbers.IsInfinite(Seconds) ? "seconds" : null;

    public SnoozeRequest ToRequest() => new()
    {
        Until = Rfc3339.OrDefault(Until),
        For = Seconds is { } seconds ? Numbers.ToSpan(seconds) : null,
        Reason = Reason,
        Actor = Actor?.ToActor(),
    };
}
