namespace Orchestrator.Samples.Cli.Audit;

/// <summary>What can be told of a broken chain by looking at it. Whether an entry says what it was written with, only the server can tell.</summary>
internal static class Tampering
{
    private static readonly string NoHash = new('0', 64);

    /// <summary>What is wrong with the first broken entry.</summary>
    public static string Describe(IReadOnlyList<AuditEntry> entries, long broken)
    {
        var before = entries.LastOrDefault(entry => entry.Sequence < broken);
        return entries.FirstOrDefault(entry => entry.Sequence == broken) is not { } entry ? "the entry is missing"
            : entry.PrevHash != (before?.EntryHash ?? NoHash) ? "the entry does not follow the one before it"
            : "the entry, or its hash, is not what was written";
    }

    /// <summary>The broken entry and its neighbours.</summary>
    public static IEnumerable<AuditEntry> Around(IReadOnlyList<AuditEntry> entries, long broken) =>
        entries.Where(entry => entry.Sequence >= broken - 1 && entry.Sequence <= broken + 1);
}
