namespace Orchestrator.Core.InMemory;

/// <summary>
/// Runs by the moment at which they want attention. A run lies in the slot of a second that is never later than that moment; heartbeats, which
/// only move the moment on, do not touch it. When its second has come it is looked at: it is ripe, or it moves to a later slot. So a
/// heartbeat costs nothing here, and a look reads only what may be due. Not safe for concurrent use.
/// </summary>
internal sealed class DueIndex
{
    // Each slot is the first run of a list that is linked through its runs.
    private readonly SortedDictionary<long, StoredRun> _slots = [];
    private readonly OrderedIndex<long> _ripe = new();
    private DateTimeOffset _lookedAt;

    /// <summary>Puts a run where it belongs; a head of <see langword="null"/> takes it out.</summary>
    public void Move(StoredRun run, RunHead? head, RunProgress progress)
    {
        Remove(run);
        if (head?.NextDue(progress) is not { } due)
        {
            return;
        }

        // Whoever pages finds it in its place, though it changed meanwhile.
        if (due <= _lookedAt)
        {
            MakeRipe(run);
        }
        else
        {
            Insert(run, SecondOf(due));
        }
    }

    /// <summary>Looks at runs whose second has come.</summary>
    /// <param name="now">The time.</param>
    /// <param name="steps">How many to look at, at most, of those whose second is over.</param>
    /// <returns>Whether there are more to look at.</returns>
    public bool Ripen(DateTimeOffset now, int steps)
    {
        _lookedAt = now;
        var current = SecondOf(now);
        while (_slots.Count > 0 && _slots.First() is { Key: var second, Value: var run } && second < current)
        {
            for (var next = run; next is not null; next = run)
            {
                run = next.DueNext;
                if (steps-- == 0)
                {
                    return true;
                }

                LookAt(next, now);
            }
        }

        for (var run = _slots.GetValueOrDefault(current); run is not null;)
        {
            var next = run.DueNext;
            LookAt(run, now);
            run = next;
        }

        return false;
    }

    /// <summary>The ripe runs that are due now, in the order of creation, from after a place. The others are put back.</summary>
    public List<StoredRun> Due(DateTimeOffset now, long after, int limit)
    {
        var due = new List<StoredRun>();
        var early = new List<StoredRun>();
        foreach (var (_, run) in _ripe.After(after))
        {
            if (due.Count == limit)
            {
                break;
            }

            (IsDue(run, now) ? due : early).Add(run);
        }

        foreach (var run in early)
        {
            Move(run, run.Head, run.Progress);
        }

        return due;
    }

    private void LookAt(StoredRun run, DateTimeOffset now)
    {
        if (IsDue(run, now))
        {
            Remove(run);
            MakeRipe(run);
        }
        else
        {
            Move(run, run.Head, run.Progress);
        }
    }

    private void MakeRipe(StoredRun run)
    {
        run.DueSecond = StoredRun.Ripe;
        _ripe.Move(run, null, run.Ordinal);
    }

    private void Insert(StoredRun run, long second)
    {
        run.DueSecond = second;
        if (_slots.TryGetValue(second, out var first))
        {
            run.DueNext = first;
            first.DuePrevious = run;
        }

        _slots[second] = run;
    }

    private void Remove(StoredRun run)
    {
        if (run.DueSecond == StoredRun.Ripe)
        {
            _ripe.Move(run, run.Ordinal, null);
        }
        else if (run.DuePrevious is { } previous)
        {
            previous.DueNext = run.DueNext;
        }
        else if (run.DueNext is { } next)
        {
            _slots[run.DueSecond] = next;
        }
        else if (run.DueSecond != 0)
        {
            _slots.Remove(run.DueSecond);
        }

        if (run.DueNext is { } follower)
        {
            follower.DuePrevious = run.DuePrevious;
        }

        (run.DueSecond, run.DuePrevious, run.DueNext) = (0, null, null);
    }

    private static bool IsDue(StoredRun run, DateTimeOffset now) => run.Head!.NextDue(run.Progress) <= now;

    private static long SecondOf(DateTimeOffset time) => time.UtcTicks / TimeSpan.TicksPerSecond;
}
