using System.ComponentModel;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace Orchestrator.AspNetCore.Http;

/// <summary>The body of every refused request: RFC 9457 problem details, and the same as an <c>error</c> object.</summary>
internal sealed class ProblemResponse
{
    [JsonPropertyName("type")]
    [Description("Identifies the kind of problem: urn:orchestrator:error:<code>.")]
    public required string Type { get; init; }

    [JsonPropertyName("title")]
    public required string Title { get; init; }

    [JsonPropertyName("status")]
    public required int Status { get; init; }

    [JsonPropertyName("detail")]
    public required string Detail { get; init; }

    [JsonPropertyName("error")]
    public required ErrorResponse Error { get; init; }
}

internal sealed class ErrorResponse
{
    [JsonPropertyName("code")]
    [Description("The stable reason.")]
    public required string Code { get; init; }

    [JsonPropertyName("message")]
    [Description("One sentence for a person.")]
    public required string Message { get; init; }

    [JsonPropertyName("details")]
    [Description("What a program needs to react; of validation_failed, errors maps a member to its faults.")]
    public required JsonObject Details { get; init; }

    public static ErrorResponse From(Refusal refusal) => new()
    {
        Code = refusal.Code.ToWireName(),
        Message = refusal.Message,
        Details = ProblemDetailsJson.From(refusal.Details),
    };
}

[JsonSourceGenerationOptions(GenerationMode = JsonSourceGenerationMode.Metadata)]
[JsonSerializable(typeof(ProblemResponse))]
internal sealed partial class ProblemJson : JsonSerializerContext;
