using System.ComponentModel;
using System.Text.Json.Serialization;
using Orchestrator.AspNetCore.Http;

namespace Orchestrator.AspNetCore.Audit;

/// <summary>An entry of a run's audit chain.</summary>
internal sealed class AuditEntryResponse
{
    [JsonPropertyName("sequence")]
    public required long Sequence { get; init; }

    [JsonPropertyName("actor_type")]
    [Description("operator, system, worker or orchestrator.")]
    public required string ActorType { get; init; }

    [JsonPropertyName("actor_id")]
    public required string ActorId { get; init; }

    [JsonPropertyName("action")]
    public required string Action { get; init; }

    [JsonPropertyName("on_behalf_of")]
    [Description("The actor that an authenticated caller named in its request.")]
    public required string? OnBehalfOf { get; init; }

    [JsonPropertyName("payload_hash")]
    [Description("SHA-256 of the request's canonical JSON (RFC 8785).")]
    public required string PayloadHash { get; init; }

    [JsonPropertyName("hash_version")]
    public required int HashVersion { get; init; }

    [JsonPropertyName("key_id")]
    [Description("Which secret key the hash was made with; null for a plain SHA-256.")]
    public required string? KeyId { get; init; }

    [JsonPropertyName("source_ip")]
    public required string? SourceIp { get; init; }

    [JsonPropertyName("user_agent")]
    public required string? UserAgent { get; init; }

    [JsonPropertyName("mtls_fingerprint")]
    public required string? MtlsFingerprint { get; init; }

    [JsonPropertyName("created_at")]
    public required DateTime CreatedAt { get; init; }

    [JsonPropertyName("prev_hash")]
    public required string PrevHash { get; init; }

    [JsonPropertyName("entry_hash")]
    public required string EntryHash { get; init; }

    public static AuditEntryResponse From(AuditEntry entry) => new()
    {
        Sequence = entry.Sequence,
        ActorType = entry.ActorType,
        ActorId = entry.ActorId,
        Action = entry.Action,
        OnBehalfOf = entry.OnBehalfOf,
        PayloadHash = entry.PayloadHash,
        HashVersion = entry.HashVersion,
        KeyId = entry.KeyId,
        SourceIp = entry.SourceIp,
        UserAgent = entry.UserAgent,
        MtlsFingerprint = entry.MtlsFingerprint,
        CreatedAt = Rfc3339.ToWire(entry.CreatedAt),
        PrevHash = entry.PrevHash,
        EntryHash = entry.EntryHash,
    };
}

internal sealed class AuditListResponse
{
    [JsonPropertyName("entries")]
    public required IEnumerable<AuditEntryResponse> Entries { get; init; }
}

internal sealed class AuditVerdictResponse
{
    [JsonPropertyName("valid")]
    public required bool Valid { get; init; }

    [JsonPropertyName("entries")]
    public required long Entries { get; init; }

    [JsonPropertyName("first_broken")]
    [Description("The sequence of the first entry that was changed, removed, inserted or moved; null when the chain is valid.")]
    public required long? FirstBroken { get; init; }
}

[JsonSourceGenerationOptions(GenerationMode = JsonSourceGenerationMode.Metadata)]
[JsonSerializable(typeof(AuditListResponse))]
[JsonSerializable(typeof(AuditVerdictResponse))]
internal sealed partial class AuditJson : JsonSerializerContext;
