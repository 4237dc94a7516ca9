using System.Diagnostics.CodeAnalysis;

namespace Orchestrator.Core.Sealing;

/// <summary>Makes the next entry of a run's audit chain. Pure: the same arguments make the same entry.</summary>
/// <param name="options">Which key to seal with; without faults (<see cref="AuditKeys.FindFaults"/>).</param>
internal sealed class AuditSealer(AuditOptions options)
{
    private const int MaxSourceIp = 64;
    private const int MaxUserAgent = 512;
    private const int MaxFingerprint = 128;
    private const int MaxIssuer = 256;
    private const int MaxCredential = 128;
    private const int MaxRequestId = 128;
    private const char Replacement = '\uFFFD';

    private readonly AuditKeys _keys = new(options);

    /// <summary>Seals an action.</summary>
    /// <param name="action">What was done, and by whom.</param>
    /// <param name="payloadHash">What was asked for: a <see cref="RequestHash"/>.</param>
    /// <param name="context">From where. What a caller says of itself is cut to a length that every store keeps.</param>
    /// <param name="before">The run's head before the action: the end of the chain so far.</param>
    /// <param name="at">When. Kept in whole microseconds, as every store does.</param>
    /// <exception cref="ArgumentException">A text of the action holds half a surrogate pair.</exception>
    public AuditEntry Seal(AuditAction action, string payloadHash, CallContext context, RunHead before, DateTimeOffset at)
    {
        var entry = new AuditEntry
        {
            Sequence = before.AuditEntries + 1,
            ActorType = action.ActorType,
            ActorId = action.ActorId,
            ActorIssuer = Bound(context.Issuer, MaxIssuer),
            Credential = Bound(context.Credential, MaxCredential),
            Action = action.Action,
            Target = action.Target,
            OnBehalfOf = action.OnBehalfOf,
            OnBehalfOfType = action.OnBehalfOfType,
            PayloadHash = payloadHash,
            HashVersion = AuditHash.Version,
            KeyId = _keys.CurrentId,
            SourceIp = Bound(context.SourceIp, MaxSourceIp),
            UserAgent = Bound(context.UserAgent, MaxUserAgent),
            MtlsFingerprint = Bound(context.MtlsFingerprint, MaxFingerprint),
            RequestId = Bound(context.RequestId, MaxRequestId),
            CreatedAt = at.ToUniversalTime().AddTicks(-(at.UtcTicks % TimeSpan.TicksPerMicrosecond)),
            PrevHash = before.AuditHash ?? AuditHash.Genesis,
            EntryHash = "",
        };
        return entry with { EntryHash = AuditHash.Compute(before.Id, entry, _keys.Current) };
    }

    /// <summary>A text as every store keeps it, whatever was sent: short, and without control characters and halves of surrogate pairs.</summary>
    [return: NotNullIfNotNull(nameof(text))]
    private static string? Bound(string? text, int max)
    {
        var kept = text.AsSpan();
        if (kept.Length > max)
        {
            kept = kept[..max];
        }

        return text is null || (kept.Length == text.Length && !kept.ContainsAnyExceptInRange(' ', '~'))
            ? text
            : string.Create(kept.Length, kept, static (result, source) =>
            {
                source.CopyTo(result);
                for (var i = 0; i < result.Length; i++)
                {
                    if (char.IsHighSurrogate(result[i]) && i + 1 < result.Length && char.IsLowSurrogate(result[i + 1]))
                    {
                        i++;
                    }
                    else if (char.IsControl(result[i]) || char.IsSurrogate(result[i]))
                    {
                        result[i] = Replacement;
                    }
                }
            });
    }
}
