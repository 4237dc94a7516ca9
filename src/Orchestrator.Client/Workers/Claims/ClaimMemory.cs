using System.Collections.Concurrent;
using System.Numerics;

namespace Orchestrator.Client.Workers.Claims;

/// <summary>What the claims of this process by each worker id have come to.</summary>
internal sealed class ClaimMemory
{
    private readonly ConcurrentDictionary<string, Entry> _entries = new(StringComparer.Ordinal);

    /// <summary>The memory of this process.</summary>
    public static ClaimMemory Process { get; } = new();

    /// <summary>
    /// Whether no claim by the worker id was answered yet. Afterwards this process may have a run by that id, and a takeover would take it from itself.
    /// </summary>
    public bool IsFirst(string workerId) => !Of(workerId).IsAnswered;

    public void NoteAnswer(string workerId) => Of(workerId).IsAnswered = true;

    /// <summary>Counts a claim that waited and got no run.</summary>
    /// <returns>
    /// Whether to look for a run that the worker id holds: after the first, second, fourth, eighth … such claim, so that idle workers are no load, and until
    /// one was found.
    /// </returns>
    public bool IsLookDue(string workerId)
    {
        var entry = Of(workerId);
        return BitOperations.IsPow2(Interlocked.Increment(ref entry.IdleClaims)) && !entry.IsFound;
    }

    public void NoteFound(string workerId) => Of(workerId).IsFound = true;

    private Entry Of(string workerId) => _entries.GetOrAdd(workerId, static _ => new Entry());

    private sealed class Entry
    {
        public int IdleClaims;

        public volatile bool IsAnswered;

        public volatile bool IsFound;
    }
}
