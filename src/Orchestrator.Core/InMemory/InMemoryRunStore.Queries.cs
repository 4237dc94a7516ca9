using Orchestrator.Core.InMemory;
using Orchestrator.Storage;

namespace Orchestrator;

public sealed partial class InMemoryRunStore
{
    // The gate is held for at most this many steps of a walk, so that a filter which nothing passes does not hold up every change.
    private const int LongestSlice = 1024;

    private static readonly IReadOnlySet<RunState> AllStates = Enum.GetValues<RunState>().ToHashSet();

    /// <inheritdoc/>
    public ValueTask<Page<RunView>> ListAsync(
        RunFilter filter, int limit, string? cursor, RunDetail detail, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(filter);
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);
        var before = cursor is null ? long.MaxValue : ListCursor.Read(cursor);
        var states = filter.States.Count == 0 ? AllStates : filter.States.ToHashSet();
        var items = new List<RunView>();
        var last = 0L;
        for (var slice = Math.Min(limit, LongestSlice) + 1; ; slice = Math.Min(2 * slice, LongestSlice))
        {
            cancellationToken.ThrowIfCancellationRequested();
            var runs = NewestFirst(states, before, slice);
            foreach (var run in runs)
            {
                if (run.Head is not { } head || !filter.Passes(head) || View(run, detail == RunDetail.Full) is not { } view || !filter.Passes(view.Head))
                {
                    continue;
                }

                if (items.Count == limit)
                {
                    return new(new Page<RunView>(items, ListCursor.Write(last)));
                }

                items.Add(view);
                last = run.Ordinal;
            }

            if (runs.Count < slice)
            {
                return new(new Page<RunView>(items, null));
            }

            before = runs[^1].Ordinal;
        }
    }

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<RunHead>> FindQueuedAsync(QueueFilter filter, int limit, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(filter);
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);
        var found = new List<RunHead>();
        var after = QueueKey.Start;
        for (var slice = Math.Min(limit, LongestSlice); ; slice = Math.Min(2 * slice, LongestSlice))
        {
            cancellationToken.ThrowIfCancellationRequested();
            var queued = Queued(after, slice);
            found.AddRange(queued.Select(pair => pair.Value)
                .Where(filter.Passes)
                .Take(limit - found.Count));
            if (found.Count == limit || queued.Count < slice)
            {
                return new(found);
            }

            after = queued[^1].Key;
        }
    }

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<RunHead>> FindHeldAsync(string workerId, bool isStarted, int limit, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(workerId);
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);
        cancellationToken.ThrowIfCancellationRequested();
        lock (_gate)
        {
            return new(_indexes.Held(workerId, isStarted, limit));
        }
    }

    /// <inheritdoc/>
    public ValueTask<Page<RunView>> FindDueAsync(DateTimeOffset now, int limit, string? cursor, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);
        var after = cursor is null ? 0 : ListCursor.Read(cursor);
        for (var isMore = cursor is null; isMore;)
        {
            cancellationToken.ThrowIfCancellationRequested();
            lock (_gate)
            {
                isMore = _indexes.Ripen(now, LongestSlice);
            }
        }

        List<StoredRun> due;
        lock (_gate)
        {
            due = _indexes.Due(now, after, limit);
        }

        var views = due.Select(run => View(run, includeManifest: false)).OfType<RunView>().ToList();
        return new(new Page<RunView>(views, due.Count < limit ? null : ListCursor.Write(due[^1].Ordinal)));
    }

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<RunCount>> CountAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        lock (_gate)
        {
            return new(_indexes.Counts());
        }
    }

    /// <inheritdoc/>
    public ValueTask<int> PurgeAsync(DateTimeOffset endedBefore, int limit, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);
        var dropped = 0;
        while (dropped < limit && TryDrop(() => _indexes.FirstEndedBefore(endedBefore)))
        {
            dropped++;
            cancellationToken.ThrowIfCancellationRequested();
        }

        return new(dropped);
    }

    private static RunView? View(StoredRun run, bool includeManifest)
    {
        lock (run)
        {
            return run.View(new RunLookup(default, includeManifest));
        }
    }

    private List<StoredRun> NewestFirst(IReadOnlySet<RunState> states, long before, int limit)
    {
        lock (_gate)
        {
            return _indexes.NewestFirst(states, before, limit);
        }
    }

    private List<KeyValuePair<QueueKey, RunHead>> Queued(QueueKey after, int limit)
    {
        lock (_gate)
        {
            return _indexes.Queued(after, limit);
        }
    }
}
