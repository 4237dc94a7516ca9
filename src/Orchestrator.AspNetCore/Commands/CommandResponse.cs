using System.ComponentModel;
using System.Text.Json;
using System.Text.Json.Serialization;
using Orchestrator.AspNetCore.Audit;
using Orchestrator.AspNetCore.Http;

namespace Orchestrator.AspNetCore.Commands;

/// <summary>A command.</summary>
internal sealed class CommandResponse
{
    [JsonPropertyName("id")]
    public required string Id { get; init; }

    [JsonPropertyName("run_id")]
    public required string RunId { get; init; }

    [JsonPropertyName("sequence")]
    public required long Sequence { get; init; }

    [JsonPropertyName("type")]
    [Description("pause, resume, terminate or tune.")]
    public required string Type { get; init; }

    [JsonPropertyName("payload")]
    public required JsonElement? Payload { get; init; }

    [JsonPropertyName("actor")]
    public required ActorBody? Actor { get; init; }

    [JsonPropertyName("on_behalf_of")]
    [Description("The actor that an authenticated caller named in its request.")]
    public required ActorBody? OnBehalfOf { get; init; }

    [JsonPropertyName("issued_at")]
    public required DateTime? IssuedAt { get; init; }

    [JsonPropertyName("expires_at")]
    public required DateTime? ExpiresAt { get; init; }

    [JsonPropertyName("status")]
    [Description("pending, delivered, applied, rejected, superseded or expired.")]
    public required string Status { get; init; }

    [JsonPropertyName("created_at")]
    public required DateTime CreatedAt { get; init; }

    [JsonPropertyName("delivered_at")]
    public required DateTime? DeliveredAt { get; init; }

    [JsonPropertyName("delivery_count")]
    public required int DeliveryCount { get; init; }

    [JsonPropertyName("acknowledged_at")]
    public required DateTime? AcknowledgedAt { get; init; }

    [JsonPropertyName("acknowledgement")]
    public required AcknowledgementResponse? Acknowledgement { get; init; }

    public static CommandResponse From(Command command) => new()
    {
        Id = command.Id.Value,
        RunId = command.RunId.Value,
        Sequence = command.Sequence,
        Type = command.Type.ToWireName(),
        Payload = command.Payload,
        Actor = ActorBody.From(command.Actor),
        OnBehalfOf = ActorBody.From(command.OnBehalfOf),
        IssuedAt = Rfc3339.ToWire(command.IssuedAt),
        ExpiresAt = Rfc3339.ToWire(command.ExpiresAt),
        Status = command.Status.ToWireName(),
        CreatedAt = Rfc3339.ToWire(command.CreatedAt),
        DeliveredAt = Rfc3339.ToWire(command.DeliveredAt),
        DeliveryCount = command.DeliveryCount,
        AcknowledgedAt = Rfc3339.ToWire(command.AcknowledgedAt),
        Acknowledgement = AcknowledgementResponse.From(command.Acknowledgement),
    };
}

internal sealed class CommandListResponse
{
    [JsonPropertyName("commands")]
    public required IEnumerable<CommandResponse> Commands { get; init; }

    [JsonPropertyName("next_cursor")]
    [Description("Where the next page begins; null on the last.")]
    public required string? NextCursor { get; init; }
}
