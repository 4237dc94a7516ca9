using System.Collections.Concurrent;

namespace Orchestrator.Storage.Faults.Load;

/// <summary>What the clients were told: every call that was acknowledged.</summary>
internal sealed class Ledger
{
    private readonly ConcurrentDictionary<string, RunLedger> _runs = new(StringComparer.Ordinal);
    private long _acknowledged;

    public IReadOnlyCollection<RunLedger> Runs => [.. _runs.Values];

    /// <summary>How many calls were acknowledged.</summary>
    public long Acknowledged => Interlocked.Read(ref _acknowledged);

    /// <summary>Whether no run comes after those.</summary>
    public bool IsClosed { get; set; }

    public bool IsDone => IsClosed && _runs.Values.All(run => run.IsCompleted);

    public RunLedger Run(string id) => _runs.GetOrAdd(id, static id => new RunLedger(id));

    /// <summary>Notes what a call changed.</summary>
    public void Note(Action note)
    {
        note();
        Interlocked.Increment(ref _acknowledged);
    }
}
