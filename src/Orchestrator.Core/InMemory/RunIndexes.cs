using Orchestrator.Storage;

namespace Orchestrator.Core.InMemory;

/// <summary>
/// The orders in which runs are found otherwise than by id. They follow control: a plain heartbeat moves a run in none of them.
/// Not safe for concurrent use.
/// </summary>
internal sealed class RunIndexes
{
    private readonly OrderedIndex<StateKey> _byState = new();
    private readonly OrderedIndex<QueueKey> _queued = new();
    private readonly OrderedIndex<HeldKey> _held = new();
    private readonly DueIndex _due = new();
    private readonly Dictionary<(RunState State, HealthStatus Health), long> _counts = [];
    private readonly OrderedIndex<EndedKey> _ended = new();

    /// <summary>Whether a run is found elsewhere after a change.</summary>
    /// <param name="run">The run as it stands.</param>
    /// <param name="to">Its head from now on.</param>
    /// <param name="progress">Its progress from now on.</param>
    public static bool Moves(StoredRun run, RunHead to, RunProgress progress) => run.Head is not { } from
        || from.State != to.State || from.Priority != to.Priority || from.WorkerId != to.WorkerId || from.Health != to.Health || from.Ending != to.Ending
        || from.DueAt != to.DueAt || from.DueAfterSilence != to.DueAfterSilence || from.DueAfterStandstill != to.DueAfterStandstill
        || to.NextDue(progress) < from.NextDue(run.Progress);

    /// <summary>Puts a run where it is found by its head. Called before <see cref="StoredRun.Head"/> changes.</summary>
    /// <param name="run">The run.</param>
    /// <param name="to">Its head from now on; <see langword="null"/> when it is dropped.</param>
    /// <param name="progress">Its progress from now on.</param>
    public void Move(StoredRun run, RunHead? to, RunProgress progress)
    {
        var from = run.Head;
        var ordinal = run.Ordinal;
        _byState.Move(run, StateKey.Of(from, ordinal), StateKey.Of(to, ordinal));
        _queued.Move(run, QueueKey.Of(from, ordinal), QueueKey.Of(to, ordinal));
        _held.Move(run, HeldKey.Of(from, ordinal), HeldKey.Of(to, ordinal));
        _due.Move(run, to, progress);
        Count(from, -1);
        Count(to, +1);
        _ended.Move(run, EndedKey.Of(from, ordinal), EndedKey.Of(to, ordinal));
    }

    /// <summary>The run that ended first, while more than <paramref name="most"/> have ended.</summary>
    public StoredRun? FirstEndedBeyond(int most) => _ended.Count > most ? _ended.After(EndedKey.Start).First().Value : null;

    /// <summary>The run that ended first, if it ended before this moment.</summary>
    public StoredRun? FirstEndedBefore(DateTimeOffset moment) =>
        _ended.Count > 0 && _ended.After(EndedKey.Start).First().Value is var run && run.Head?.Ending?.At < moment ? run : null;

    /// <summary>How many runs there are, by state and health.</summary>
    public IReadOnlyList<RunCount> Counts() =>
        [.. _counts.Where(pair => pair.Value > 0).Select(pair => new RunCount(pair.Key.State, pair.Key.Health, pair.Value))];

    /// <summary>The runs in any of these states that were created before one with this ordinal, newest first.</summary>
    public List<StoredRun> NewestFirst(IReadOnlySet<RunState> states, long before, int limit)
    {
        var walks = new List<IEnumerator<StoredRun>>(states.Count);
        foreach (var state in states)
        {
            var walk = InState(state, before).GetEnumerator();
            if (walk.MoveNext())
            {
                walks.Add(walk);
            }
        }

        var runs = new List<StoredRun>(limit);
        while (walks.Count > 0 && runs.Count < limit)
        {
            var newest = 0;
            for (var i = 1; i < walks.Count; i++)
            {
                newest = walks[i].Current.Ordinal > walks[newest].Current.Ordinal ? i : newest;
            }

            runs.Add(walks[newest].Current);
            if (!walks[newest].MoveNext())
            {
                walks.RemoveAt(newest);
            }
        }

        return runs;
    }

    /// <summary>The queued runs after this place, in the order in which they are claimed.</summary>
    public List<KeyValuePair<QueueKey, RunHead>> Queued(QueueKey after, int limit) =>
        [.. _queued.After(after).Take(limit).Select(pair => KeyValuePair.Create(pair.Key, pair.Value.Head!))];

    /// <summary>The runs that this worker has, provisioning or started, in the order of creation.</summary>
    public List<RunHead> Held(string workerId, bool isStarted, int limit) =>
    [
        .. _held.After(new HeldKey(workerId, isStarted, 0))
            .TakeWhile(pair => pair.Key.WorkerId == workerId && pair.Key.IsStarted == isStarted)
            .Take(limit)
            .Select(pair => pair.Value.Head!),
    ];

    /// <inheritdoc cref="DueIndex.Ripen"/>
    public bool Ripen(DateTimeOffset now, int steps) => _due.Ripen(now, steps);

    /// <inheritdoc cref="DueIndex.Due"/>
    public List<StoredRun> Due(DateTimeOffset now, long after, int limit) => _due.Due(now, after, limit);

    private void Count(RunHead? head, long change)
    {
        if (head is not null)
        {
            var key = (head.State, head.Health);
            _counts[key] = _counts.GetValueOrDefault(key) + change;
        }
    }

    private IEnumerable<StoredRun> InState(RunState state, long before) =>
        _byState.After(new StateKey(state, before)).TakeWhile(pair => pair.Key.State == state).Select(pair => pair.Value);
}
