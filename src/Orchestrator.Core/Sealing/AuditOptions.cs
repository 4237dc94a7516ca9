namespace Orchestrator;

/// <summary>How the audit chain is sealed: section <c>Orchestrator:Audit</c>.</summary>
/// <remarks>
/// Without a key the chain shows every change that is made to it, unless the one who makes it can write the whole database and recomputes
/// the rest of the chain. With a key, which the database does not hold, that takes the key too. To change the key, add the new one, name it in
/// <see cref="KeyId"/>, and keep the old one: it still verifies what was sealed with it.
/// </remarks>
public sealed class AuditOptions
{
    /// <summary>Which of <see cref="Keys"/> seals new entries. Default <see langword="null"/>: none, the hashes are plain SHA-256.</summary>
    public string? KeyId { get; set; }

    /// <summary>The secret keys by id (1 to 128 characters), each at least 32 random bytes in base64. Ids are case-insensitive.</summary>
    public IDictionary<string, string> Keys { get; } = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);

    /// <summary>
    /// Whether entries that were sealed before there was a key verify while <see cref="KeyId"/> is set. Default <see langword="false"/>.
    /// As long as it is <see langword="true"/>, who can write the whole database can replace a chain by one without a key.
    /// </summary>
    public bool AcceptUnkeyed { get; set; }
}
