namespace Orchestrator;

/// <summary>What the recomputation of a run's audit chain found (contract, section 7).</summary>
/// <param name="Valid">Whether every entry is as it was written, none is missing and none was added.</param>
/// <param name="Entries">How many entries the run has in the store.</param>
/// <param name="FirstBroken">
/// The sequence of the first entry that was changed, removed, inserted or moved; <see langword="null"/> when the chain is valid. Where a whole
/// chain was rewritten and agrees with itself, the last: its hash is not the one that the run keeps.
/// </param>
public sealed record AuditVerdict(bool Valid, long Entries, long? FirstBroken);
