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

    [JsonPropertyName("on_behalf_of_type")]
    [Description("The type of that actor; null where the request names none.")]
    public required string? OnBehalfOfType { get; init; }

    [JsonPropertyName("target")]
    [Description("The id of the command that the entry is about; null for the run itself.")]
    public required string? Target { get; init; }

    [JsonPropertyName("actor_issuer")]
    [Description("The issuer of the caller's identity, as its authentication names it.")]
    public required string? ActorIssuer { get; init; }

    [JsonPropertyName("credential")]
    [Description("The name of the key that the caller presented.")]
    public required string? Credential { get; init; }

    [JsonPropertyName("request_id")]
    [Description("What the host calls the request in its own logs.")]
    public required string? RequestId { get; init; }

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
        OnBehalfOfType = entry.OnBehalfOfType,
        Target = entry.Target,
        ActorIssuer = entry.ActorIssuer,
        Credential = entry.Credential,
        RequestId = entry.RequestId,
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

    [JsonPropertyName("next_cursor")]
    [Description("Where the next page begins; null on the last.")]
    public required string? NextCursor { get; init; }
}

internal sealed class AuditVerdictResponse
{
    [JsonPropertyName("valid")]
    [Description("Whether every entry was checked and is as it was written. False with first_broken null: nothing is broken, but unknown_version could not be checked.")]
    public required bool Valid { get; init; }

    [JsonPropertyName("entries")]
    public required long Entries { get; init; }

    [JsonPropertyName("first_broken")]
    [Description("The sequence of the first entry that was changed, removed, inserted or moved; null when there is none.")]
    public required long? FirstBroken { get; init; }

    [JsonPropertyName("unknown_version")]
    [Description("The sequence of the first entry with a hash version that this host does not know, because a newer one sealed it; null when there is none.")]
    public required long? UnknownVersion { get; init; }
}

[JsonSourceGenerationOptions(GenerationMode = JsonSourceGenerationMode.Metadata)]
[JsonSerializable(typeof(AuditListResponse))]
[JsonSerializable(typeof(AuditVerdictResponse))]
internal sealed partial class AuditJson : JsonSerializerContext;
