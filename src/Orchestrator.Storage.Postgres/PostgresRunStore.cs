using Microsoft.Extensions.Logging;
using Npgsql;
using Orchestrator.Storage.Postgres.Commits;
using Orchestrator.Storage.Postgres.Connections;
using Orchestrator.Storage.Postgres.Hints;
using Orchestrator.Storage.Postgres.Reads;
using Orchestrator.Storage.Postgres.Schema;
using Orchestrator.Storage.Postgres.Tables;

namespace Orchestrator.Storage.Postgres;

/// <summary>Keeps runs in PostgreSQL, for any number of hosts.</summary>
internal sealed partial class PostgresRunStore : IRunStore, IAsyncDisposable
{
    private const string Clock = "SELECT clock_timestamp()";
    private const int MaxBatch = 256;

    private static readonly TimeSpan LookAgain = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan LongestCommit = TimeSpan.FromSeconds(30);

    private readonly ILogger _logger;
    private readonly Database _database;
    private readonly GroupCommit _commits;
    private readonly RunReads _runs;
    private readonly HistoryReads _histories;
    private readonly FeedReads _feed;
    private readonly NoteWrite _notes;
    private readonly Purge _purge;
    private readonly WakeList _wakeList = new();
    private readonly Notifier? _notifier;
    private readonly CancellationTokenSource _stop = new();
    private readonly Lazy<Task> _hints;

    /// <summary>Creates the store. It connects when it is first used.</summary>
    /// <param name="source">Where connections come from. The store disposes of it.</param>
    /// <param name="options">How runs are kept.</param>
    /// <param name="loggers">Where faults of hints are told.</param>
    public PostgresRunStore(NpgsqlDataSource source, PostgresStoreOptions options, ILoggerFactory loggers)
    {
        var tables = new StoreTables(SchemaName.Quote(options.Schema));
        var logger = _logger = loggers.CreateLogger<PostgresRunStore>();
        _database = new Database(source, new Migrator(options.Schema, options.Migrate));
        _commits = new GroupCommit(new HeartbeatCommit(_database, tables), new ChangeCommit(_database, tables), TimeProvider.System);
        _runs = new RunReads(_database, tables);
        _histories = new HistoryReads(_database, tables);
        _feed = new FeedReads(_database, tables);
        _notes = new NoteWrite(_database, tables);
        _purge = new Purge(_database, tables);

        var channel = options.Notifications ? "orchestrator." + options.Schema : null;
        _notifier = channel is null ? null : new Notifier(_database, channel, TimeProvider.System, logger);
        var tail = new FeedTail(_database, tables, _wakeList, channel, TimeProvider.System, logger);
        _hints = new Lazy<Task>(() => Task.WhenAll(Task.Run(() => tail.RunAsync(_stop.Token)), _notifier?.RunAsync(_stop.Token) ?? Task.CompletedTask));
    }

    /// <inheritdoc/>
    public StoreTraits Traits { get; } = new(MaxBatch, Lanes: 1, LookAgain);

    /// <inheritdoc/>
    public ValueTask<DateTimeOffset> GetTimeAsync(CancellationToken cancellationToken) => _database.ReadAsync(
        Clock,
        [],
        static async (reader, token) =>
        {
            await reader.ReadAsync(token).ConfigureAwait(false);
            return await reader.GetFieldValueAsync<DateTimeOffset>(0, token).ConfigureAwait(false);
        },
        cancellationToken);

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

        try
        {
            // The commit goes on: what becomes of it is unknown to those who do not wait any longer.
            await _commits.CommitAsync(writes, results).AsTask().WaitAsync(LongestCommit, TimeProvider.System).ConfigureAwait(false);
        }
        catch (TimeoutException fault)
        {
            throw new StoreUnavailableException("PostgreSQL did not answer to a commit in time.", fault);
        }

        Tell(writes.Span, results.Span);
        await ReadConflictsAsync(writes, results).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public ValueTask LoadAsync(ReadOnlyMemory<RunLookup> lookups, Memory<RunView?> views, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(views.Length, lookups.Length, nameof(views));
        return _runs.LoadAsync(lookups, views, cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask<RunId?> FindByKeyAsync(string idempotencyKey, CancellationToken cancellationToken) => _runs.FindByKeyAsync(idempotencyKey, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<Page<RunView>> ListAsync(
        RunFilter filter, int limit, string? cursor, RunDetail detail, CancellationToken cancellationToken)
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
        return _runs.FindDueAsync(now, limit, cursor, cancellationToken);
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
            _notifier?.Signal();
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
        await _database.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>Wakes whoever waits here, at once, and the other hosts.</summary>
    private void Tell(ReadOnlySpan<RunWrite> writes, ReadOnlySpan<CommitResult> results)
    {
        var isNews = false;
        for (var i = 0; i < writes.Length; i++)
        {
            if (results[i].Verdict == CommitVerdict.Committed && writes[i].Change is { } change)
            {
                _wakeList.Wake(writes[i].Run, change.Head.State);
                isNews = true;
            }
        }

        if (isNews)
        {
            _notifier?.Signal();
        }
    }

    private async ValueTask ReadConflictsAsync(ReadOnlyMemory<RunWrite> writes, Memory<CommitResult> results)
    {
        var conflicts = Enumerable.Range(0, writes.Length).Where(i => results.Span[i].Verdict == CommitVerdict.Conflict).ToList();
        if (conflicts.Count == 0)
        {
            return;
        }

        var views = new RunView?[conflicts.Count];
        try
        {
            await _runs.LoadAsync(conflicts.Select(i => new RunLookup(writes.Span[i].Run)).ToArray(), views, CancellationToken.None).ConfigureAwait(false);
        }
        catch (Exception fault)
        {
            // The commits stand, whatever keeps those that were not from being read.
            LogConflictsUnread(fault);
            return;
        }

        for (var i = 0; i < views.Length; i++)
        {
            results.Span[conflicts[i]] = new CommitResult(CommitVerdict.Conflict, null, views[i]);
        }
    }

    [LoggerMessage(602, LogLevel.Warning, "Runs that others had changed could not be read with the verdict; whoever waits for it reads them anew.", EventName = "ConflictsUnread")]
    private partial void LogConflictsUnread(Exception fault);
}
