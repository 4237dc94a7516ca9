namespace Orchestrator.Storage.Conformance.Invariants;

/// <summary>A store whose clock a test moves.</summary>
/// <param name="inner">The store.</param>
/// <param name="time">Its clock.</param>
internal sealed class ClockedStore(IRunStore inner, TimeProvider time) : IRunStore
{
    public StoreTraits Traits => inner.Traits;

    public ValueTask<DateTimeOffset> GetTimeAsync(CancellationToken cancellationToken) => new(time.GetUtcNow());

    public ValueTask CommitAsync(ReadOnlyMemory<RunWrite> writes, Memory<CommitResult> results) => inner.CommitAsync(writes, results);

    public ValueTask LoadAsync(ReadOnlyMemory<RunLookup> lookups, Memory<RunView?> views, CancellationToken cancellationToken) =>
        inner.LoadAsync(lookups, views, cancellationToken);

    public ValueTask<RunId?> FindByKeyAsync(string idempotencyKey, CancellationToken cancellationToken) =>
        inner.FindByKeyAsync(idempotencyKey, cancellationToken);

    public ValueTask<Page<RunView>> ListAsync(
        RunFilter filter, int limit, string? cursor, RunDetail detail, CancellationToken cancellationToken) =>
        inner.ListAsync(filter, limit, cursor, detail, cancellationToken);

    public ValueTask<IReadOnlyList<RunHead>> FindQueuedAsync(QueueFilter filter, int limit, CancellationToken cancellationToken) =>
        inner.FindQueuedAsync(filter, limit, cancellationToken);

    public ValueTask<IReadOnlyList<RunHead>> FindHeldAsync(string workerId, bool isStarted, int limit, CancellationToken cancellationToken) =>
        inner.FindHeldAsync(workerId, isStarted, limit, cancellationToken);

    public ValueTask<Page<RunView>> FindDueAsync(DateTimeOffset now, int limit, string? cursor, CancellationToken cancellationToken) =>
        inner.FindDueAsync(now, limit, cursor, cancellationToken);

    public ValueTask<IReadOnlyList<RunCount>> CountAsync(CancellationToken cancellationToken) => inner.CountAsync(cancellationToken);

    public ValueTask<int> PurgeAsync(DateTimeOffset endedBefore, int limit, CancellationToken cancellationToken) =>
        inner.PurgeAsync(endedBefore, limit, cancellationToken);

    public ValueTask<IReadOnlyList<StateTransition>> ReadTransitionsAsync(RunId run, long after, int limit, CancellationToken cancellationToken) =>
        inner.ReadTransitionsAsync(run, after, limit, cancellationToken);

    public ValueTask<IReadOnlyList<Command>> ReadCommandsAsync(RunId run, long after, int limit, CancellationToken cancellationToken) =>
        inner.ReadCommandsAsync(run, after, limit, cancellationToken);

    public ValueTask<IReadOnlyList<RunEvent>> ReadEventsAsync(RunId run, long after, int limit, CancellationToken cancellationToken) =>
        inner.ReadEventsAsync(run, after, limit, cancellationToken);

    public ValueTask<FeedPage> ReadFeedAsync(string? after, int limit, CancellationToken cancellationToken) =>
        inner.ReadFeedAsync(after, limit, cancellationToken);

    public ValueTask<Note?> ReadNoteAsync(string key, CancellationToken cancellationToken) => inner.ReadNoteAsync(key, cancellationToken);

    public ValueTask<bool> TryWriteNoteAsync(string key, string value, long expectedVersion, RunEvent? told) =>
        inner.TryWriteNoteAsync(key, value, expectedVersion, told);

    public ValueTask<IReadOnlyList<AuditEntry>> ReadAuditAsync(RunId run, long after, int limit, CancellationToken cancellationToken) =>
        inner.ReadAuditAsync(run, after, limit, cancellationToken);

    public IDisposable Subscribe(Action<RunId, RunState> wake) => inner.Subscribe(wake);
}
