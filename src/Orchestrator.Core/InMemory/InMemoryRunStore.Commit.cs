using Orchestrator.Core.InMemory;
using Orchestrator.Storage;

namespace Orchestrator;

public sealed partial class InMemoryRunStore
{
    /// <inheritdoc/>
    /// <exception cref="ArgumentException">A change has another run's head, or not the revision after the expected one. Nothing is stored.</exception>
    public ValueTask CommitAsync(ReadOnlyMemory<RunWrite> writes, Memory<CommitResult> results)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(results.Length, writes.Length, nameof(results));
        var batch = writes.Span;
        var verdicts = results.Span;
        foreach (ref readonly var write in batch)
        {
            if (write.Change is { Head: var head } && (head.Id != write.Run || head.Revision != write.ExpectedRevision + 1))
            {
                throw new ArgumentException($"the head of a change must be of run {write.Run} at revision {write.ExpectedRevision + 1}", nameof(writes));
            }
        }

        for (var i = 0; i < batch.Length; i++)
        {
            verdicts[i] = batch[i].Change is { } change ? Commit(batch[i], change) : CommitProgress(batch[i]);
        }

        return default;
    }

    /// <summary>The hot path: one look-up, one lock that only this run's callers share, and no index.</summary>
    private CommitResult CommitProgress(in RunWrite write)
    {
        if (_runs.TryGetValue(write.Run, out var run))
        {
            lock (run)
            {
                return run.Head is not null && run.Fits(write) ? run.Apply(write, _feed) : run.Conflict();
            }
        }

        return new CommitResult(CommitVerdict.Conflict, null, null);
    }

    private CommitResult Commit(in RunWrite write, RunChange change)
    {
        CommitResult? result;
        do
        {
            result = _runs.TryGetValue(write.Run, out var run) ? Change(run, write, change)
                : write.ExpectedRevision == 0 ? Create(write, change)
                : new CommitResult(IsDuplicate(change) ? CommitVerdict.Duplicate : CommitVerdict.Conflict, null, null);
        }
        while (result is null);

        if (result.Value.Verdict == CommitVerdict.Committed)
        {
            if (change.Head.Ending is not null)
            {
                DropEnded();
            }

            _wakeList.Wake(write.Run, change.Head.State);
        }

        return result.Value;
    }

    /// <returns><see langword="null"/> when the run was dropped after it was found.</returns>
    private CommitResult? Change(StoredRun run, in RunWrite write, RunChange change)
    {
        lock (run)
        {
            if (run.Head is null)
            {
                return null;
            }

            if (change.Idempotency is null && !RunIndexes.Moves(run, change.Head, run.After(write)))
            {
                return run.Fits(write) ? run.Apply(write, _feed) : run.Conflict();
            }

            lock (_gate)
            {
                return IsDuplicate(change) ? new CommitResult(CommitVerdict.Duplicate, null, null)
                    : run.Fits(write) ? Apply(run, write, change)
                    : run.Conflict();
            }
        }
    }

    /// <returns><see langword="null"/> when somebody created the run after it was not found.</returns>
    private CommitResult? Create(in RunWrite write, RunChange change)
    {
        var run = new StoredRun();
        lock (run)
        {
            lock (_gate)
            {
                if (IsDuplicate(change))
                {
                    return new CommitResult(CommitVerdict.Duplicate, null, null);
                }

                if (_runs.ContainsKey(write.Run))
                {
                    return null;
                }

                if (!run.Fits(write))
                {
                    return run.Conflict();
                }

                run.Ordinal = ++_ordinals;
                _runs[write.Run] = run;
                return Apply(run, write, change);
            }
        }
    }

    private CommitResult Apply(StoredRun run, in RunWrite write, RunChange change)
    {
        if (change.Idempotency is { } record)
        {
            _keys[record.Key] = write.Run;
        }

        _indexes.Move(run, change.Head, run.After(write));
        return run.Apply(write, _feed);
    }

    private bool IsDuplicate(RunChange change) => change.Idempotency is { } record && _keys.ContainsKey(record.Key);

    private void DropEnded()
    {
        while (TryDrop(() => _indexes.FirstEndedBeyond(_maxEndedRuns)))
        {
        }
    }

    /// <summary>Drops the run that the indexes name now.</summary>
    /// <returns>Whether they name one.</returns>
    private bool TryDrop(Func<StoredRun?> first)
    {
        while (Named() is { } run)
        {
            lock (run)
            {
                lock (_gate)
                {
                    if (first() == run)
                    {
                        Drop(run);
                        return true;
                    }
                }
            }
        }

        return false;

        StoredRun? Named()
        {
            lock (_gate)
            {
                return first();
            }
        }
    }

    private void Drop(StoredRun run)
    {
        _indexes.Move(run, null, run.Progress);
        foreach (var key in run.Keys)
        {
            _keys.TryRemove(key, out _);
        }

        _feed.Drop(run.FeedPositions);
        _runs.TryRemove(run.Head!.Id, out _);
        run.Drop();
    }
}
