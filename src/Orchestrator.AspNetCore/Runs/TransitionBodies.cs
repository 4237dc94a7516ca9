using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;
using Orchestrator.AspNetCore.Audit;
using Orchestrator.AspNetCore.Bodies;
using Orchestrator.AspNetCore.Http;

namespace Orchestrator.AspNetCore.Runs;

internal sealed class MoveRunRequest : RequestBody, INumericBody
{
    [JsonPropertyName("to_state")]
    [Required]
    public string? ToState { get; set; }

    [JsonPropertyName("reason")]
    public string? Reason { get; set; }

    [JsonPropertyName("actor")]
    [Description("Required, unless the caller is authenticated.")]
    public ActorBody? Actor { get; set; }

    [JsonPropertyName("attempt")]
    public int? Attempt { get; set; }

    [JsonPropertyName("claim_id")]
    [Description("The hand-over that the worker executes, from the answer to its claim.")]
    public string? ClaimId { get; set; }

    [JsonPropertyName("status_message")]
    public string? StatusMessage { get; set; }

    [JsonPropertyName("final")]
    [Description("The last numbers of the worker.")]
    public FinalReportRequest? Final { get; set; }

    public string? FindNumberOutOfRange(ReadOnlySpan<byte> json) =>
        Numbers.IsOut(Final?.Step) ? "final.step"
        : Numbers.IsOut(Final?.CheckpointVersion) ? "final.checkpoint_version"
        : (Numbers.IsInfinite(Final?.Loss) || Numbers.IsInfinite(Final?.SamplesPerSec) || Numbers.AnyInfinite(Final?.Metrics)) && Numbers.Overflow(json) ? "final"
        : null;

    public TransitionRequest ToRequest() => new()
    {
        To = ToState is null ? null : RunStates.TryParse(ToState, out var state) ? state : (RunState)(-1),
        Reason = Reason,
        Actor = Actor?.ToActor(),
        Attempt = Attempt,
        ClaimId = ClaimId,
        StatusMessage = StatusMessage,
        Final = Final?.ToReport(),
    };
}

internal sealed class FinalReportRequest : RequestBody
{
    [JsonPropertyName("step")]
    public long? Step { get; set; }

    [JsonPropertyName("loss")]
    [RegularExpression(Numbers.NonFiniteTexts)]
    [JsonNumberHandling(JsonNumberHandling.AllowNamedFloatingPointLiterals)]
    [Description("A number, or one of the strings NaN, Infinity and -Infinity.")]
    public double? Loss { get; set; }

    [JsonPropertyName("samples_per_sec")]
    [RegularExpression(Numbers.NonFiniteTexts)]
    [JsonNumberHandling(JsonNumberHandling.AllowNamedFloatingPointLiterals)]
    public double? SamplesPerSec { get; set; }

    [JsonPropertyName("checkpoint_version")]
    public long? CheckpointVersion { get; set; }

    [JsonPropertyName("checkpoint_uri")]
    public string? CheckpointUri { get; set; }

    [JsonPropertyName("metrics")]
    [JsonNumberHandling(JsonNumberHandling.AllowNamedFloatingPointLiterals)]
    [Description("Up to 64 custom numbers. A null is left out.")]
    public Dictionary<string, double?>? Metrics { get; set; }

    public FinalReport ToReport() => new()
    {
        Step = Step,
        Loss = Loss,
        SamplesPerSec = SamplesPerSec,
        CheckpointVersion = CheckpointVersion,
        CheckpointUri = CheckpointUri,
        Metrics = Numbers.WithoutNull(Metrics),
    };
}

internal sealed class TransitionResponse
{
    [JsonPropertyName("sequence")]
    public required long Sequence { get; init; }

    [JsonPropertyName("from_state")]
    public required string? FromState { get; init; }

    [JsonPropertyName("to_state")]
    public required string ToState { get; init; }

    [JsonPropertyName("changed_by")]
    public required string ChangedBy { get; init; }

    [JsonPropertyName("reason")]
    public required string? Reason { get; init; }

    [JsonPropertyName("attempt")]
    public required int Attempt { get; init; }

    [JsonPropertyName("created_at")]
    public required DateTime CreatedAt { get; init; }

    public static TransitionResponse From(StateTransition transition) => new()
    {
        Sequence = transition.Sequence,
        FromState = transition.From?.ToWireName(),
        ToState = transition.To.ToWireName(),
        ChangedBy = transition.ChangedBy,
        Reason = transition.Reason,
        Attempt = transition.Attempt,
        CreatedAt = Rfc3339.ToWire(transition.CreatedAt),
    };
}

internal sealed class TransitionListResponse
{
    [JsonPropertyName("transitions")]
    public required IEnumerable<TransitionResponse> Transitions { get; init; }

    [JsonPropertyName("next_cursor")]
    [Description("Where the next page begins; null on the last.")]
    public required string? NextCursor { get; init; }
}
