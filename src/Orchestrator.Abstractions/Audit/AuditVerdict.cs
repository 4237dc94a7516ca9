namespace Orchestrator;

/// <summary>What the recomputation of a run's audit chain found (contract, section 7).</summary>
/// <param name="Valid">
/// Whether every entry was checked and is as it was written, none is missing and none was added. <see langword="false"/> with <paramref name="FirstBroken"/>
/// <see langword="null"/> means that nothing was found broken, and that <see cref="UnknownVersion"/> could not be checked.
/// </param>
/// <param name="Entries">How many entries the run has in the store.</param>
/// <param name="FirstBroken">
/// The sequence of the first entry that was changed, removed, inserted or moved; <see langword="null"/> when the chain has no broken entry. Where a whole
/// chain was rewritten and agrees with itself, the last: its hash is not the one that the run keeps.
/// </param>
public sealed record AuditVerdict(bool Valid, long Entries, long? FirstBroken)
{
    /// <summary>
    /// The sequence of the first entry whose hash version this version of the package does not know, because a newer one sealed it;
    /// <see langword="null"/> when it knows all. The entry's place in the chain was checked, its content was not.
    /// </summary>
    public long? UnknownVersion { get; init; }
}
