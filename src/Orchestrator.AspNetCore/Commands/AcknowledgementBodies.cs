using System.ComponentModel;
using System.Text.Json.Serialization;
using Orchestrator.AspNetCore.Bodies;

namespace Orchestrator.AspNetCore.Commands;

internal sealed class AcknowledgementRequest : RequestBody, INumericBody
{
    [JsonPropertyName("outcome")]
    [DefaultValue("applied")]
    [Description("applied or rejected.")]
    public string? Outcome { get; set; }

    [JsonPropertyName("reason")]
    public string? Reason { get; set; }

    [JsonPropertyName("applied")]
    [Description("Of a tune: the values that were applied, where they differ from what was asked.")]
    public Dictionary<string, double>? Applied { get; set; }

    [JsonPropertyName("step")]
    public long? Step { get; set; }

    [JsonPropertyName("attempt")]
    public int? Attempt { get; set; }

    [JsonPropertyName("claim_id")]
    [Description("The hand-over that the worker executes, from the answer to its claim.")]
    public string? ClaimId { get; set; }

    public string? FindNumberOutOfRange(ReadOnlySpan<byte> json) =>
        Numbers.IsOut(Step) ? "step" : Numbers.AnyInfinite(Applied) ? "applied" : null;

    public Acknowledgement ToAcknowledgement() => new()
    {
        Outcome = Outcome is null ? AckOutcome.Applied : AckOutcomes.TryParse(Outcome, out var outcome) ? outcome : (AckOutcome)(-1),
        Reason = Reason,
        Applied = Applied,
        Step = Step,
        Attempt = Attempt,
        ClaimId = ClaimId,
    };
}

internal sealed class AcknowledgementResponse
{
    [JsonPropertyName("outcome")]
    public required string Outcome { get; init; }

    [JsonPropertyName("reason")]
    public required string? Reason { get; init; }

    [JsonPropertyName("applied")]
    public required IReadOnlyDictionary<string, double>? Applied { get; init; }

    [JsonPropertyName("step")]
    public required long? Step { get; init; }

    [JsonPropertyName("attempt")]
    public required int? Attempt { get; init; }

    public static AcknowledgementResponse? From(Acknowledgement? acknowledgement) => acknowledgement is null
        ? null
        : new()
        {
            Outcome = acknowledgement.Outcome.ToWireName(),
            Reason = acknowledgement.Reason,
            Applied = acknowledgement.Applied,
            Step = acknowledgement.Step,
            Attempt = acknowledgement.Attempt,
        };
}
