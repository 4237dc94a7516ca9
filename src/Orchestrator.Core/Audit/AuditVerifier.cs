using System.Runtime.InteropServices;
using System.Security.Cryptography;

using Orchestrator.Core.Sealing;

namespace Orchestrator.Core.Audit;

/// <summary>
/// Recomputes a run's audit chain from its entries, and finds the first that was changed, removed, inserted or moved. Feed it every entry
/// as the store reads them, page by page, then <see cref="Conclude"/> with the run's head. Of an entry with a hash version that a newer version made, its place
/// and its link to the entry before are checked, and the link of the next one to it.
/// </summary>
/// <remarks>
/// Read the head after the entries: actions go on while a chain is read. When the head then has more entries than were fed, read on; when there
/// are none, the tail was cut. Not safe for concurrent use.
/// </remarks>
/// <param name="options">The keys; without faults (<see cref="AuditKeys.FindFaults"/>).</param>
/// <param name="run">The run.</param>
internal sealed class AuditVerifier(AuditOptions options, RunId run)
{
    private readonly AuditKeys _keys = new(options);
    private string _lastHash = AuditHash.Genesis;
    private long? _firstBroken;
    private long? _unknownVersion;

    /// <summary>How many entries were fed.</summary>
    public long Entries { get; private set; }

    /// <summary>Takes the next entry of the chain.</summary>
    public void Add(AuditEntry entry)
    {
        Entries++;
        if (_firstBroken is null && !Follows(entry))
        {
            _firstBroken = Entries;
        }

        if (_unknownVersion is null && AuditHash.IsUnknown(entry.HashVersion))
        {
            _unknownVersion = Entries;
        }

        _lastHash = entry.EntryHash;
    }

    /// <summary>The verdict on the entries that were fed, held against the length and the end of the chain that the run keeps.</summary>
    /// <param name="head">The run's head, read after the last entry.</param>
    public AuditVerdict Conclude(RunHead head)
    {
        var firstBroken = _firstBroken ?? (
            Entries > head.AuditEntries ? head.AuditEntries + 1
            : Entries < head.AuditEntries ? Entries + 1
            : AreSame(_lastHash, head.AuditHash ?? AuditHash.Genesis) ? null
            : Math.Max(Entries, 1));
        return new AuditVerdict(firstBroken is null && _unknownVersion is null, Entries, firstBroken) { UnknownVersion = _unknownVersion };
    }

    private bool Follows(AuditEntry entry) =>
        entry.Sequence == Entries
        && AreSame(entry.PrevHash, _lastHash)
        && (AuditHash.IsUnknown(entry.HashVersion) || IsAsSealed(entry));

    private bool IsAsSealed(AuditEntry entry) => _keys.TryFind(entry.KeyId, out var key) && AreSame(entry.EntryHash, Recompute(entry, key));

    private string? Recompute(AuditEntry entry, byte[]? key)
    {
        try
        {
            return AuditHash.Compute(run, entry, key);
        }
        catch (ArgumentException)
        {
            // Nothing of the kind is ever sealed, so the entry was changed.
            return null;
        }
    }

    // In constant time, so that how long a verification takes tells nobody how much of a forged hash is right.
    private static bool AreSame(string? x, string? y) =>
        CryptographicOperations.FixedTimeEquals(MemoryMarshal.AsBytes(x.AsSpan()), MemoryMarshal.AsBytes(y.AsSpan()));
}
