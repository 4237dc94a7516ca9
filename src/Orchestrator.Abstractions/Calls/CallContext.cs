namespace Orchestrator;

/// <summary>What is known of a call beside its request: who made it, from where, and how to recognise it when it is made again.</summary>
public sealed record CallContext
{
    /// <summary>A call of which nothing is known.</summary>
    public static CallContext Empty { get; } = new();

    /// <summary>The authenticated caller. When set, it is the actor of what it does, and the actor named in the request is recorded beside it.</summary>
    public string? Principal { get; init; }

    /// <summary>
    /// The issuer of the identity that <see cref="Principal"/> comes from, as its authentication names it; <see langword="null"/> for the host itself. The
    /// audit keeps up to 256 characters.
    /// </summary>
    public string? Issuer { get; init; }

    /// <summary>
    /// The name of the key that the caller presented, never its secret; <see langword="null"/> where it presented none. The audit keeps up to 128 characters.
    /// </summary>
    public string? Credential { get; init; }

    /// <summary>What the host calls the request in its own logs. The audit keeps up to 128 characters.</summary>
    public string? RequestId { get; init; }

    /// <summary>
    /// Names what the call makes or changes, 1 to 128 visible ASCII characters: the same call with the same key has no second effect,
    /// another call with it is refused as <see cref="RefusalCode.IdempotencyKeyReused"/>. Keys are apart by caller and operation.
    /// </summary>
    public string? IdempotencyKey { get; init; }

    /// <summary>The address that the call came from, as the host sees it.</summary>
    public string? SourceIp { get; init; }

    /// <summary>The program that made the call, as it names itself.</summary>
    public string? UserAgent { get; init; }

    /// <summary>The SHA-256 fingerprint of the client certificate, in hexadecimal.</summary>
    public string? MtlsFingerprint { get; init; }
}
