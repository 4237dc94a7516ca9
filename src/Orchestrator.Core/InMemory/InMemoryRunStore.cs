using System.Collections.Concurrent;
using Orchestrator.Core.InMemory;
using Orchestrator.Storage;

namespace Orchestrator;

/// <summary>
/// Keeps runs in the memory of the process: for tests, for tools, and for hosts that may forget. What it holds is gone with the
/// process; while it lives, it keeps every promise of <see cref="IRunStore"/>, also to several engines that share one instance.
/// </summary>
/// <remarks>
/// It is bounded by what lives: of the runs that ended it keeps the newest, and drops the one that ended first, with all that
/// belongs to it, when there are more.
/// </remarks>
public sealed partial class InMemoryRunStore : IRunStore
{
    private readonly ConcurrentDictionary<RunId, StoredRun> _runs = new();
    private readonly ConcurrentDictionary<string, RunId> _keys = new(StringComparer.Ordinal);
    private readonly MonotonicClock _clock;
    private readonly WakeList _wakeList = new();
    private readonly FeedLog _feed;
    private readonly NoteTable _notes = new();
    private readonly int _maxEndedRuns;

    // Guards _indexes and _ordinals, and whatever adds to or removes from _runs and _keys. Taken after the lock of a run, never before.
    private readonly Lock _gate = new();
    private readonly RunIndexes _indexes = new();
    private long _ordinals;

    /// <summary>Creates an empty store.</summary>
    /// <param name="timeProvider">Where the store's clock starts, and what advances it. A later jump of its wall clock does not move the store's.</param>
    /// <param name="maxEndedRuns">How many runs in a terminal state are kept, 0 or more. Default 10,000.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="maxEndedRuns"/> is negative.</exception>
    public InMemoryRunStore(TimeProvider timeProvider, int maxEndedRuns = 10_000)
    {
        ArgumentNullException.ThrowIfNull(timeProvider);
        ArgumentOutOfRangeException.ThrowIfNegative(maxEndedRuns);
        _clock = new MonotonicClock(timeProvider);
        _feed = new FeedLog(_clock.Now);
        _maxEndedRuns = maxEndedRuns;
    }

    /// <inheritdoc/>
    public StoreTraits Traits { get; } = new(MaxBatch: 1, Lanes: 1, LookAgain: Timeout.InfiniteTimeSpan);

    /// <inheritdoc/>
    public ValueTask<DateTimeOffset> GetTimeAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return new(_clock.Now);
    }

    /// <inheritdoc/>
    public ValueTask LoadAsync(ReadOnlyMemory<RunLookup> lookups, Memory<RunView?> views, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        ArgumentOutOfRangeException.ThrowIfLessThan(views.Length, lookups.Length, nameof(views));
        var asked = lookups.Span;
        var answers = views.Span;
        for (var i = 0; i < asked.Length; i++)
        {
            answers[i] = View(asked[i]);
        }

        return default;
    }

    /// <inheritdoc/>
    public ValueTask<RunId?> FindByKeyAsync(string idempotencyKey, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return new(_keys.TryGetValue(idempotencyKey, out var run) ? run : null);
    }

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<StateTransition>> ReadTransitionsAsync(RunId run, long after, int limit, CancellationToken cancellationToken) =>
        ReadAsync(run, limit, stored => stored.Transitions(after, limit), cancellationToken);

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<Command>> ReadCommandsAsync(RunId run, long after, int limit, CancellationToken cancellationToken) =>
        ReadAsync(run, limit, stored => stored.Commands(after, limit), cancellationToken);

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<RunEvent>> ReadEventsAsync(RunId run, long after, int limit, CancellationToken cancellationToken) =>
        ReadAsync(run, limit, stored => stored.Events(after, limit), cancellationToken);

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<AuditEntry>> ReadAuditAsync(RunId run, long after, int limit, CancellationToken cancellationToken) =>
        ReadAsync(run, limit, stored => stored.Audit(after, limit), cancellationToken);

    /// <inheritdoc/>
    public ValueTask<FeedPage> ReadFeedAsync(string? after, int limit, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);
        cancellationToken.ThrowIfCancellationRequested();
        return new(_feed.Read(after, limit));
    }

    /// <inheritdoc/>
    public ValueTask<Note?> ReadNoteAsync(string key, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(key);
        cancellationToken.ThrowIfCancellationRequested();
        return new(_notes.Find(key));
    }

    /// <inheritdoc/>
    public ValueTask<bool> TryWriteNoteAsync(string key, string value, long expectedVersion, RunEvent? told)
    {
        ArgumentNullException.ThrowIfNull(key);
        ArgumentNullException.ThrowIfNull(value);
        var isWritten = _notes.TryWrite(key, value, expectedVersion, () => _feed.Append(told is null ? [] : [told]));
        if (isWritten && told is not null)
        {
            _wakeList.Wake(default, default);
        }

        return new(isWritten);
    }

    /// <inheritdoc/>
    public IDisposable Subscribe(Action<RunId, RunState> wake)
    {
        ArgumentNullException.ThrowIfNull(wake);
        return _wakeList.Add(wake);
    }

    private RunView? View(in RunLookup lookup)
    {
        if (!_runs.TryGetValue(lookup.Run, out var run))
        {
            return null;
        }

        lock (run)
        {
            return run.View(lookup);
        }
    }

    private ValueTask<IReadOnlyList<T>> ReadAsync<T>(
        RunId run, int limit, Func<StoredRun, IReadOnlyList<T>> read, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);
        cancellationToken.ThrowIfCancellationRequested();
        if (!_runs.TryGetValue(run, out var stored))
        {
            return new([]);
        }

        lock (stored)
        {
            return new(read(stored));
        }
    }
}
