using System.Collections.Concurrent;

namespace Orchestrator.Storage.Conformance.Invariants;

/// <summary>What the orchestrator accepted from several workers, and what they were answered.</summary>
internal sealed class WorkerJournal
{
    private readonly ConcurrentDictionary<(RunId Run, int Attempt), string?> _claims = new();
    private readonly ConcurrentDictionary<Holding, bool> _fenced = new();
    private readonly ConcurrentQueue<Holding> _completed = new();
    private readonly ConcurrentDictionary<Holding, bool> _entered = new();
    private volatile string? _fault;

    /// <summary>A heartbeat was accepted while the run had this claim.</summary>
    public void Accept(RunId run, Heartbeat heartbeat, int currentAttempt, string? currentClaim)
    {
        var (attempt, claim) = (heartbeat.Attempt!.Value, heartbeat.ClaimId);
        Require(currentAttempt == attempt && currentClaim == claim, $"{run}: {attempt}/{claim} was heard while {currentAttempt}/{currentClaim} had it.");
        var other = _claims.GetOrAdd((run, attempt), claim);
        Require(other == claim, $"{run}: attempt {attempt} was heard with {other} and {claim}.");
    }

    /// <summary>A completion was accepted. It must come from the newest attempt with accepted heartbeats.</summary>
    public void Complete(Holding holding)
    {
        Require(_claims.TryGetValue((holding.Run, holding.Attempt), out var claim) && claim == holding.ClaimId, $"{holding} completed another's attempt.");
        Require(_claims.Keys.Where(key => key.Run == holding.Run).All(key => key.Attempt <= holding.Attempt), $"{holding} completed an old attempt.");
        _completed.Enqueue(holding);
    }

    /// <summary>A worker gets the answer that the attempt is not its own any more.</summary>
    public void Fence(Holding holding) => _fenced[holding] = true;

    public bool IsFenced(Holding holding) => _fenced.ContainsKey(holding);

    /// <summary>Whether a worker entered its block and lost the attempt in it.</summary>
    public bool HasFencedBlock => _entered.Keys.Any(IsFenced);

    /// <summary>A worker enters its block. Its first heartbeat was accepted before.</summary>
    public void Enter(Holding holding)
    {
        Require(_claims.TryGetValue((holding.Run, holding.Attempt), out var claim) && claim == holding.ClaimId, $"{holding} entered its block unheard.");
        Require(_entered.TryAdd(holding, true), $"{holding} is in two blocks.");
    }

    /// <summary>Fails with the first fault. Workers take an exception of a call for an outage, so faults are kept until then.</summary>
    public void Check() => Assert.True(_fault is null, _fault);

    public void CheckCompletions(RunId run) => Assert.Single(_completed, holding => holding.Run == run);

    private void Require(bool isSo, string fault) => _fault ??= isSo ? null : fault;
}

/// <summary>One hand-over of a run.</summary>
internal readonly record struct Holding(RunId Run, int Attempt, string? ClaimId);
