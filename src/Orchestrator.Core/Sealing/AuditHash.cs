using System.Security.Cryptography;

namespace Orchestrator.Core.Sealing;

/// <summary>The hash that links an audit entry to everything it says, to its run, and to the entry before.</summary>
/// <remarks>
/// <para>Version 2, for those who recompute it. Take these members of the entry and leave out those that are absent (null):
/// <c>action</c>, <c>actor_id</c>, <c>actor_issuer</c>, <c>actor_type</c>, <c>created_at</c>, <c>credential</c>, <c>hash_version</c>, <c>key_id</c>,
/// <c>mtls_fingerprint</c>, <c>on_behalf_of</c>, <c>on_behalf_of_type</c>, <c>payload_hash</c>, <c>prev_hash</c>, <c>request_id</c>, <c>sequence</c>,
/// <c>source_ip</c>, <c>target</c>, <c>user_agent</c>; add <c>run_id</c>, the id of the run.
/// <c>sequence</c> and <c>hash_version</c> are numbers, the rest texts; <c>created_at</c> is in UTC with seven digits of the second and a
/// <c>Z</c>, such as <c>2026-01-31T12:00:00.1234560Z</c>.</para>
/// <para>Write them as one JSON object in canonical form (RFC 8785), in UTF-8, and put the ASCII line <c>orchestrator.audit/2</c> with its line
/// feed before it. The hash is the SHA-256 of these bytes, or, when the entry has a <c>key_id</c>, their HMAC-SHA-256 with that key; in
/// lower-case hexadecimal.</para>
/// <para>Version 1 has the line <c>orchestrator.audit/1</c>, and no <c>actor_issuer</c>, <c>credential</c>, <c>on_behalf_of_type</c>, <c>request_id</c> and
/// <c>target</c>: an entry of version 1 that has one of them was changed.</para>
/// </remarks>
internal static class AuditHash
{
    /// <summary>The version of new entries.</summary>
    public const int Version = 2;

    private const int Oldest = 1;

    /// <summary>The hash before the first entry: 64 zeros.</summary>
    public const string Genesis = "0000000000000000000000000000000000000000000000000000000000000000";

    /// <summary>Whether a version was made by a newer version of this package. Versions below 1 were never made.</summary>
    public static bool IsUnknown(int version) => version > Version;

    /// <summary>Hashes an entry as its <see cref="AuditEntry.HashVersion"/> says, its <see cref="AuditEntry.EntryHash"/> apart.</summary>
    /// <param name="run">The run whose chain the entry is in.</param>
    /// <param name="entry">The entry.</param>
    /// <param name="key">The key that <see cref="AuditEntry.KeyId"/> names; <see langword="null"/> for none.</param>
    /// <exception cref="ArgumentException">A text of the entry holds half a surrogate pair, or its version does not exist or has other members.</exception>
    public static string Compute(RunId run, AuditEntry entry, byte[]? key)
    {
        if (entry.HashVersion is < Oldest or > Version || (entry.HashVersion == Oldest && HasMembersOfVersion2(entry)))
        {
            throw new ArgumentException($"the entry is none of hash version {entry.HashVersion}", nameof(entry));
        }

        // The members that version 1 lacks are absent in its entries, and absent members are left out.
        var writer = new CanonicalWriter(stackalloc byte[1024]);
        writer.Raw(entry.HashVersion == Oldest ? "orchestrator.audit/1\n"u8 : "orchestrator.audit/2\n"u8);
        writer.StartObject();
        writer.Member("action"u8, entry.Action);
        writer.Member("actor_id"u8, entry.ActorId);
        writer.Member("actor_issuer"u8, entry.ActorIssuer);
        writer.Member("actor_type"u8, entry.ActorType);
        writer.Member("created_at"u8, entry.CreatedAt);
        writer.Member("credential"u8, entry.Credential);
        writer.Member("hash_version"u8, entry.HashVersion);
        writer.Member("key_id"u8, entry.KeyId);
        writer.Member("mtls_fingerprint"u8, entry.MtlsFingerprint);
        writer.Member("on_behalf_of"u8, entry.OnBehalfOf);
        writer.Member("on_behalf_of_type"u8, entry.OnBehalfOfType);
        writer.Member("payload_hash"u8, entry.PayloadHash);
        writer.Member("prev_hash"u8, entry.PrevHash);
        writer.Member("request_id"u8, entry.RequestId);
        writer.Member("run_id"u8, run.Value);
        writer.Member("sequence"u8, entry.Sequence);
        writer.Member("source_ip"u8, entry.SourceIp);
        writer.Member("target"u8, entry.Target);
        writer.Member("user_agent"u8, entry.UserAgent);
        writer.EndObject();

        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        if (key is null)
        {
            SHA256.HashData(writer.Written, hash);
        }
        else
        {
            HMACSHA256.HashData(key, writer.Written, hash);
        }

        writer.Return();
        return Convert.ToHexStringLower(hash);
    }

    private static bool HasMembersOfVersion2(AuditEntry entry) =>
        (entry.Target ?? entry.ActorIssuer ?? entry.OnBehalfOfType ?? entry.Credential ?? entry.RequestId) is not null;
}
