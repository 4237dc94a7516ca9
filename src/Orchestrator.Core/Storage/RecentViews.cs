using System.Collections.Concurrent;
using Orchestrator.Storage;

namespace Orchestrator.Core.Storage;

/// <summary>
/// Runs as this host last saw them, so that a decision need not read its run first: the commit says whether it still stands so. Bounded in number and in
/// time: what is not kept anew is forgotten.
/// </summary>
/// <param name="capacity">How many runs are kept at least; at most twice as many.</param>
/// <param name="age">How long a run is kept at least, unless there are too many; at most twice as long.</param>
/// <param name="time">What ages are measured by.</param>
internal sealed class RecentViews(int capacity, TimeSpan age, TimeProvider time)
{
    private const int Runs = 100_000;
    private static readonly TimeSpan LongestAge = TimeSpan.FromMinutes(10);

    private readonly Lock _gate = new();
    private volatile Generation _young = new(time.GetTimestamp());
    private volatile Generation _old = new(0);

    /// <summary>The memory that a store is worth: one that takes batches is a way off, where a read costs as much as a write.</summary>
    /// <returns><see langword="null"/> for none.</returns>
    public static RecentViews? For(IRunStore store, RetentionOptions retention, TimeProvider time)
    {
        // A run must be forgotten before it can be dropped, with time to spare for what waits to be committed: another of its id may stand at the same revision then.
        var age = retention.EndedRuns / 3 is { } third && third < LongestAge ? third : LongestAge;
        return store.Traits.MaxBatch > 1 && age > TimeSpan.Zero ? new RecentViews(Runs, age, time) : null;
    }

    public RunView? Find(RunId run)
    {
        var young = Young();
        return young.Views.TryGetValue(run, out var view) || _old.Views.TryGetValue(run, out view) ? view : null;
    }

    /// <summary>Keeps a run as it was just seen, unless it was seen further on before.</summary>
    public void Keep(RunView view)
    {
        var young = Young();
        if (!young.Views.TryAdd(view.Head.Id, view))
        {
            young.Views.AddOrUpdate(view.Head.Id, static (_, seen) => seen, static (_, kept, seen) => IsFurther(kept, seen) ? kept : seen, view);
        }
        else if (Interlocked.Increment(ref young.Added) >= capacity)
        {
            Turn(young);
        }
    }

    public void Forget(RunId run)
    {
        _young.Views.TryRemove(run, out _);
        _old.Views.TryRemove(run, out _);
    }

    /// <summary>Of the same run, not one of the same id that was made after the other was dropped.</summary>
    private static bool IsFurther(RunView kept, RunView seen) =>
        kept.Head.CreatedAt == seen.Head.CreatedAt
        && (kept.Head.Revision, kept.Progress.Heartbeats).CompareTo((seen.Head.Revision, seen.Progress.Heartbeats)) > 0;

    private Generation Young()
    {
        var young = _young;
        return time.GetElapsedTime(young.Began) < age ? young : Turn(young);
    }

    private Generation Turn(Generation full)
    {
        lock (_gate)
        {
            if (_young == full)
            {
                var now = time.GetTimestamp();
                var elapsed = time.GetElapsedTime(full.Began, now);
                _old = elapsed < age + age ? full : new Generation(now);

                // One that comes late ends when it would have, had it come in time.
                _young = new Generation(elapsed < age || elapsed >= age + age ? now : full.Began + (long)(age.TotalSeconds * time.TimestampFrequency));
            }

            return _young;
        }
    }

    private sealed class Generation(long began)
    {
        public int Added;

        public ConcurrentDictionary<RunId, RunView> Views { get; } = new();

        public long Began { get; } = began;
    }
}
