using Orchestrator.Storage;

namespace Orchestrator.Core.Diagnostics;

/// <summary>The store of a host, each call of which is reported to <see cref="StoreWatch"/>: when it fails, and, while calls fail, when one does not.</summary>
internal sealed class WatchedStore(IRunStore store, StoreWatch watch) : IRunStore
{
    /// <inheritdoc/>
    public StoreTraits Traits => store.Traits;

    /// <inheritdoc/>
    public ValueTask CommitAsync(ReadOnlyMemory<RunWrite> writes, Memory<CommitResult> results)
    {
        ValueTask commit;
        try
        {
            commit = store.CommitAsync(writes, results);
        }
        catch (StoreUnavailableException fault)
        {
            watch.Failed(fault, isWrite: true);
            throw;
        }

        return commit.IsCompletedSuccessfully && !watch.IsTroubled ? commit : FinishAsync(commit, results[..writes.Length]);
    }

    /// <inheritdoc/>
    public ValueTask LoadAsync(ReadOnlyMemory<RunLookup> lookups, Memory<RunView?> views, CancellationToken cancellationToken)
    {
        ValueTask load;
        try
        {
            load = store.LoadAsync(lookups, views, cancellationToken);
        }
        catch (StoreUnavailableException fault)
        {
            watch.Failed(fault, isWrite: false);
            throw;
        }

        return load.IsCompletedSuccessfully && !watch.IsTroubled ? load : FinishAsync(load);
    }

    /// <inheritdoc/>
    public ValueTask<DateTimeOffset> GetTimeAsync(CancellationToken cancellationToken) => ReadAsync(() => store.GetTimeAsync(cancellationToken));

    /// <inheritdoc/>
    public ValueTask<RunId?> FindByKeyAsync(string idempotencyKey, CancellationToken cancellationToken) =>
        ReadAsync(() => store.FindByKeyAsync(idempotencyKey, cancellationToken));

    /// <inheritdoc/>
    public ValueTask<Page<RunView>> ListAsync(RunFilter filter, int limit, string? cursor, RunDetail detail, CancellationToken cancellationToken) =>
        ReadAsync(() => store.ListAsync(filter, limit, cursor, detail, cancellationToken));

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<RunHead>> FindQueuedAsync(QueueFilter filter, int limit, CancellationToken cancellationToken) =>
        ReadAsync(() => store.FindQueuedAsync(filter, limit, cancellationToken));

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<RunHead>> FindHeldAsync(string workerId, bool isStarted, int limit, CancellationToken cancellationToken) =>
        ReadAsync(() => store.FindHeldAsync(workerId, isStarted, limit, cancellationToken));

    /// <inheritdoc/>
    public ValueTask<Page<RunView>> FindDueAsync(DateTimeOffset now, int limit, string? cursor, CancellationToken cancellationToken) =>
        ReadAsync(() => store.FindDueAsync(now, limit, cursor, cancellationToken));

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<RunCount>> CountAsync(CancellationToken cancellationToken) => ReadAsync(() => store.CountAsync(cancellationToken));

    /// <inheritdoc/>
    public ValueTask<int> PurgeAsync(DateTimeOffset endedBefore, int limit, CancellationToken cancellationToken) =>
        WatchAsync(() => store.PurgeAsync(endedBefore, limit, cancellationToken), isWrite: true);

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<StateTransition>> ReadTransitionsAsync(RunId run, long after, int limit, CancellationToken cancellationToken) =>
        ReadAsync(() => store.ReadTransitionsAsync(run, after, limit, cancellationToken));

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<Command>> ReadCommandsAsync(RunId run, long after, int limit, CancellationToken cancellationToken) =>
        ReadAsync(() => store.ReadCommandsAsync(run, after, limit, cancellationToken));

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<RunEvent>> ReadEventsAsync(RunId run, long after, int limit, CancellationToken cancellationToken) =>
        ReadAsync(() => store.ReadEventsAsync(run, after, limit, cancellationToken));

    /// <inheritdoc/>
    public ValueTask<FeedPage> ReadFeedAsync(string? after, int limit, CancellationToken cancellationToken) =>
        ReadAsync(() => store.ReadFeedAsync(after, limit, cancellationToken));

    /// <inheritdoc/>
    public ValueTask<Note?> ReadNoteAsync(string key, CancellationToken cancellationToken) => ReadAsync(() => store.ReadNoteAsync(key, cancellationToken));

    /// <inheritdoc/>
    public ValueTask<bool> TryWriteNoteAsync(string key, string value, long expectedVersion, RunEvent? told) =>
        WatchAsync(() => store.TryWriteNoteAsync(key, value, expectedVersion, told), isWrite: true);

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<AuditEntry>> ReadAuditAsync(RunId run, long after, int limit, CancellationToken cancellationToken) =>
        ReadAsync(() => store.ReadAuditAsync(run, after, limit, cancellationToken));

    /// <inheritdoc/>
    public IDisposable Subscribe(Action<RunId, RunState> wake) => store.Subscribe(wake);

    private async ValueTask FinishAsync(ValueTask commit, ReadOnlyMemory<CommitResult> results)
    {
        try
        {
            await commit.ConfigureAwait(false);
        }
        catch (StoreUnavailableException fault)
        {
            watch.Failed(fault, isWrite: true);
            throw;
        }

        foreach (ref readonly var result in results.Span)
        {
            if (result.Verdict == CommitVerdict.Unknown)
            {
                watch.Failed(new StoreUnavailableException("The store answered to a part of a batch only."), isWrite: true);
                return;
            }
        }

        NoteAnswer(isWrite: true);
    }

    private async ValueTask FinishAsync(ValueTask load)
    {
        try
        {
            await load.ConfigureAwait(false);
        }
        catch (StoreUnavailableException fault)
        {
            watch.Failed(fault, isWrite: false);
            throw;
        }

        NoteAnswer(isWrite: false);
    }

    private ValueTask<T> ReadAsync<T>(Func<ValueTask<T>> read) => WatchAsync(read, isWrite: false);

    private async ValueTask<T> WatchAsync<T>(Func<ValueTask<T>> call, bool isWrite)
    {
        try
        {
            var answer = await call().ConfigureAwait(false);
            NoteAnswer(isWrite);
            return answer;
        }
        catch (StoreUnavailableException fault)
        {
            watch.Failed(fault, isWrite);
            throw;
        }
    }

    private void NoteAnswer(bool isWrite)
    {
        if (watch.IsTroubled)
        {
            watch.Answered(isWrite);
        }
    }
}
