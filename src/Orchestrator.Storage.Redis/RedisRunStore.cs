using Microsoft.Extensions.Logging;
using Orchestrator.Storage.Redis.Commits;
using Orchestrator.Storage.Redis.Connections;
using Orchestrator.Storage.Redis.Hints;
using Orchestrator.Storage.Redis.Reads;
using Orchestrator.Storage.Redis.Rows;
using Orchestrator.Storage.Redis.Shards;

namespace Orchestrator.Storage.Redis;

/// <summary>Keeps runs in Redis, a node or a cluster, for any number of hosts.</summary>
internal sealed class RedisRunStore : IRunStore, IAsyncDisposable
{
    /// <summary>How many writes go into one call, so that it does not hold up the others for more than a millisecond or so.</summary>
    public const int MostInCall = 64;

    private const int MaxBatch = 256;

    private static readonly TimeSpan LookAgain = TimeSpan.FromSeconds(5);

    private readonly RedisServer _server;
    private readonly RedisServer _changes;
    private readonly ShardMap _shards;
    private readonly KeyRegistry _keys;
    private readonly GroupCommit _commits;
    private readonly RunReads _runs;
    private readonly DueReads _due;
    private readonly HistoryReads _histories;
    private readonly FeedReads _feed;
    private readonly NoteWrite _notes;
    private readonly Purge _purge;
    private readonly WakeList _wakeList = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly Lazy<Task> _hints;

    /// <summary>Creates the store. It connects when it is first used.</summary>
    /// <param name="configuration">Where Redis is.</param>
    /// <param name="options">How runs are kept.</param>
    /// <param name="loggers">Where faults are told.</param>
    /// <param name="mostInCall">How many writes go into one call.</param>
    public RedisRunStore(ConfigurationOptions configuration, RedisStoreOptions options, ILoggerFactory loggers, int mostInCall = MostInCall)
    {
        var logger = loggers.CreateLogger<RedisRunStore>();
        var time = TimeProvider.System;
        var channel = options.Notifications ? new ChangeChannel(options.Prefix, Guid.CreateVersion7(time.GetUtcNow()).ToString("N")) : null;
        _shards = new ShardMap(options.Prefix, options.Shards);
        _server = new RedisServer(configuration, new ServerCheck(options, time, logger), time);
        _changes = options.WaitForReplicas == 0 ? _server : new RedisServer(configuration, null, time);
        _keys = new KeyRegistry(_server, _shards, time);
        _commits = new GroupCommit(
            _server,
            _shards,
            new Grants(_server, _keys, options.Prefix + "ordinals"),
            new HeartbeatCommit(_server, _shards),
            new ChangeCommit(_changes, _shards, channel, options.WaitForReplicas),
            mostInCall);
        var indexes = new IndexWalk(_server, _shards);
        _runs = new RunReads(_server, _shards, indexes);
        _due = new DueReads(_server, _shards);
        _histories = new HistoryReads(_server, _shards);
        _feed = new FeedReads(_server, _shards);
        _notes = new NoteWrite(_server, _shards, channel);
        _purge = new Purge(_server, _shards, indexes, _keys);
        Func<CancellationToken, Task> hints = channel is null
            ? new FeedTail(_feed, _runs, _wakeList, time, logger).RunAsync
            : new ChangeListener(_server, _shards, channel, _wakeList, time, logger).RunAsync;
        _hints = new Lazy<Task>(() => Task.Run(() => hints(_stop.Token)));
    }

    /// <inheritdoc/>
    public StoreTraits Traits { get; } = new(MaxBatch, Lanes: 2, LookAgain);

    /// <inheritdoc/>
    public async ValueTask<DateTimeOffset> GetTimeAsync(CancellationToken cancellationToken)
    {
        // The clock of one server is the clock of all.
        var time = (RedisResult[])(await _server.EvaluateAsync(Script.Clock, [_shards.Bases[0]], [], Repeat.UntilAnswered, cancellationToken).ConfigureAwait(false))!;
        return Field.Time(((long)time[0] * 1_000_000) + (long)time[1]);
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">A change has another run's head, not the revision after the expected one, or no commit id. Nothing is stored.</exception>
    public async ValueTask CommitAsync(ReadOnlyMemory<RunWrite> writes, Memory<CommitResult> results)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(results.Length, writes.Length, nameof(results));
        foreach (ref readonly var write in writes.Span)
        {
            if (write.Change is { Head: var head } && (head.Id != write.Run || head.Revision != write.ExpectedRevision + 1 || head.CommitId == default))
            {
                throw new ArgumentException($"the head of a change must be of run {write.Run} at revision {write.ExpectedRevision + 1}, with the id of its commit", nameof(writes));
            }
        }

        await _commits.CommitAsync(writes, results).ConfigureAwait(false);
        for (var i = 0; i < writes.Length; i++)
        {
            if (results.Span[i].Verdict == CommitVerdict.Committed && writes.Span[i].Change is { } change)
            {
                _wakeList.Wake(writes.Span[i].Run, change.Head.State);
            }
        }
    }

    /// <inheritdoc/>
    public ValueTask LoadAsync(ReadOnlyMemory<RunLookup> lookups, Memory<RunView?> views, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(views.Length, lookups.Length, nameof(views));
        return _runs.LoadAsync(lookups, views, cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask<RunId?> FindByKeyAsync(string idempotencyKey, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(idempotencyKey);
        if (await _keys.FindAsync(idempotencyKey, cancellationToken).ConfigureAwait(false) is not { } run)
        {
            return null;
        }

        var views = new RunView?[1];
        await _runs.LoadAsync(new[] { new RunLookup(run, IdempotencyKey: idempotencyKey) }, views, cancellationToken).ConfigureAwait(false);
        return views[0]?.Idempotency is null ? null : run;
    }

    /// <inheritdoc/>
    public ValueTask<Page<RunView>> ListAsync(RunFilter filter, int limit, string? cursor, RunDetail detail, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(filter);
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);
        return _runs.ListAsync(filter, limit, cursor, detail == RunDetail.Full, cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<RunHead>> FindQueuedAsync(QueueFilter filter, int limit, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(filter);
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);
        return _runs.FindQueuedAsync(filter, limit, cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<RunHead>> FindHeldAsync(string workerId, bool isStarted, int limit, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(workerId);
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);
        return _runs.FindHeldAsync(workerId, isStarted, limit, cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask<Page<RunView>> FindDueAsync(DateTimeOffset now, int limit, string? cursor, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);
        return _due.FindAsync(now, limit, cursor, cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<RunCount>> CountAsync(CancellationToken cancellationToken) => _runs.CountAsync(cancellationToken);

    /// <inheritdoc/>
    public ValueTask<int> PurgeAsync(DateTimeOffset endedBefore, int limit, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);
        return _purge.RunAsync(endedBefore, limit, cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<StateTransition>> ReadTransitionsAsync(RunId run, long after, int limit, CancellationToken cancellationToken) =>
        _histories.ReadTransitionsAsync(run, after, limit, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<Command>> ReadCommandsAsync(RunId run, long after, int limit, CancellationToken cancellationToken) =>
        _histories.ReadCommandsAsync(run, after, limit, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<RunEvent>> ReadEventsAsync(RunId run, long after, int limit, CancellationToken cancellationToken) =>
        _histories.ReadEventsAsync(run, after, limit, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<FeedPage> ReadFeedAsync(string? after, int limit, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);
        return _feed.ReadAsync(after, limit, cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask<Note?> ReadNoteAsync(string key, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(key);
        return _notes.ReadAsync(key, cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask<bool> TryWriteNoteAsync(string key, string value, long expectedVersion, RunEvent? told)
    {
        ArgumentNullException.ThrowIfNull(key);
        ArgumentNullException.ThrowIfNull(value);
        var isWritten = await _notes.TryWriteAsync(key, value, expectedVersion, told).ConfigureAwait(false);
        if (isWritten && told is not null)
        {
            _wakeList.Wake(default, default);
        }

        return isWritten;
    }

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<AuditEntry>> ReadAuditAsync(RunId run, long after, int limit, CancellationToken cancellationToken) =>
        _histories.ReadAuditAsync(run, after, limit, cancellationToken);

    /// <inheritdoc/>
    public IDisposable Subscribe(Action<RunId, RunState> wake)
    {
        _ = _hints.Value;
        return _wakeList.Add(wake);
    }

    /// <summary>Ends the hints and closes the connections.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_stop.IsCancellationRequested)
        {
            return;
        }

        await _stop.CancelAsync().ConfigureAwait(false);
        if (_hints.IsValueCreated)
        {
            await _hints.Value.ConfigureAwait(false);
        }

        _stop.Dispose();
        await _server.DisposeAsync().ConfigureAwait(false);
        await _changes.DisposeAsync().ConfigureAwait(false);
    }
}
