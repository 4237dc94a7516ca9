namespace Orchestrator;

/// <summary>One link of a run's audit chain (contract, section 7). Entries are appended and never changed.</summary>
public sealed record AuditEntry
{
    /// <summary>The place in the run's chain: 1, 2, 3 …</summary>
    public required long Sequence { get; init; }

    /// <summary><c>operator</c>, <c>system</c>, <c>worker</c> or <c>orchestrator</c>.</summary>
    public required string ActorType { get; init; }

    /// <summary>Who acted.</summary>
    public required string ActorId { get; init; }

    /// <summary>What was done, such as <c>command.pause</c> or <c>command.ack</c>.</summary>
    public required string Action { get; init; }

    /// <summary>
    /// The issuer of the caller's identity, as its authentication names it; <see langword="null"/> for an identity without one. Two issuers may know
    /// the same <see cref="ActorId"/>.
    /// </summary>
    public string? ActorIssuer { get; init; }

    /// <summary>The name of the key that the caller presented; <see langword="null"/> where it presented none.</summary>
    public string? Credential { get; init; }

    /// <summary>What the action is about, within the run: the id of a command. <see langword="null"/> where that is the run itself.</summary>
    public string? Target { get; init; }

    /// <summary>The actor that an authenticated caller named in its request.</summary>
    public string? OnBehalfOf { get; init; }

    /// <summary>The type of that actor, such as <c>operator</c>; <see langword="null"/> where the request names none.</summary>
    public string? OnBehalfOfType { get; init; }

    /// <summary>SHA-256 of the request's canonical JSON (RFC 8785), in hexadecimal.</summary>
    public required string PayloadHash { get; init; }

    /// <summary>
    /// Which way of hashing made <see cref="EntryHash"/>: 2 in new entries. Version 1 does not cover <see cref="Target"/>, <see cref="ActorIssuer"/>,
    /// <see cref="OnBehalfOfType"/>, <see cref="Credential"/> and <see cref="RequestId"/>, which its entries do not have.
    /// </summary>
    public required int HashVersion { get; init; }

    /// <summary>Which secret key the hash was made with; <see langword="null"/> for a plain SHA-256.</summary>
    public string? KeyId { get; init; }

    /// <summary>See <see cref="CallContext.SourceIp"/>.</summary>
    public string? SourceIp { get; init; }

    /// <summary>See <see cref="CallContext.UserAgent"/>.</summary>
    public string? UserAgent { get; init; }

    /// <summary>See <see cref="CallContext.MtlsFingerprint"/>.</summary>
    public string? MtlsFingerprint { get; init; }

    /// <summary>See <see cref="CallContext.RequestId"/>.</summary>
    public string? RequestId { get; init; }

    /// <summary>When, on the store's clock.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>The <see cref="EntryHash"/> of the entry before; 64 zeros for the first.</summary>
    public required string PrevHash { get; init; }

    /// <summary>The hash over everything above, in hexadecimal.</summary>
    public required string EntryHash { get; init; }
}
