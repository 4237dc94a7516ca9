using Orchestrator.Storage;

namespace Orchestrator.Core.Tests.Storage;

/// <summary>A store in memory that takes batches, and whose commits, reads and clock a test can get in the way of.</summary>
/// <param name="inner">The store.</param>
/// <param name="maxBatch">The largest batch.</param>
/// <param name="lanes">How many batches at once.</param>
/// <param name="lookAgain">How often to look; the store gives no hints then.</param>
internal sealed class InterceptedStore(InMemoryRunStore inner, int maxBatch = 1, int lanes = 1, TimeSpan? lookAgain = null) : IRunStore
{
    private int _commits;
    private int _atOnce;

    public InMemoryRunStore Inner => inner;

    public StoreTraits Traits { get; } = new(maxBatch, lanes, lookAgain ?? Timeout.InfiniteTimeSpan);

    /// <summary>Takes the place of a commit.</summary>
    public Func<ReadOnlyMemory<RunWrite>, Memory<CommitResult>, ValueTask>? OnCommit { get; set; }

    /// <summary>Comes before each read of runs.</summary>
    public Func<ReadOnlyMemory<RunLookup>, Task>? OnLoad { get; set; }

    /// <summary>Called before every read.</summary>
    public Action? OnRead { get; set; }

    /// <summary>Called before every read of the queue.</summary>
    public Action<QueueFilter>? OnFindQueued { get; set; }

    /// <summary>Called before every look for what is due.</summary>
    public Action? OnFindDue { get; set; }

    /// <summary>Takes the place of the events that are stored, one by one.</summary>
    public Func<RunEvent, RunEvent>? OnEvent { get; set; }

    /// <summary>Says which positions in the feed it cannot read.</summary>
    public Predicate<string>? IsUnreadable { get; set; }

    /// <summary>The audit entries that it shows, whatever was stored.</summary>
    public IReadOnlyList<AuditEntry>? Audit { get; set; }

    /// <summary>What the store's clock shows.</summary>
    public Func<DateTimeOffset>? Clock { get; set; }

    /// <summary>How many commits were begun.</summary>
    public int Commits => Volatile.Read(ref _commits);

    /// <summary>How many commits are under way.</summary>
    public int CommitsAtOnce => Volatile.Read(ref _atOnce);

    /// <summary>Puts another store in the place of the one that it was, as a failover does.</summary>
    public void FailOver(InMemoryRunStore replica) => inner = replica;

    public async ValueTask CommitAsync(ReadOnlyMemory<RunWrite> writes, Memory<CommitResult> results)
    {
        Assert.InRange(writes.Length, 1, Traits.MaxBatch);
        Assert.Distinct(writes.ToArray().Select(write => write.Run));
        Interlocked.Increment(ref _commits);
        Interlocked.Increment(ref _atOnce);
        try
        {
            await (OnCommit ?? inner.CommitAsync)(writes, results);
        }
        finally
        {
            Interlocked.Decrement(ref _atOnce);
        }
    }

    public ValueTask<DateTimeOffset> GetTimeAsync(CancellationToken cancellationToken)
    {
        OnRead?.Invoke();
        return Clock is { } clock ? new(clock()) : inner.GetTimeAsync(cancellationToken);
    }

    public async ValueTask LoadAsync(ReadOnlyMemory<RunLookup> lookups, Memory<RunView?> views, CancellationToken cancellationToken)
    {
        Assert.InRange(lookups.Length, 1, Traits.MaxBatch);
        if (OnLoad is { } onLoad)
        {
            await onLoad(lookups);
        }

        await Reading().LoadAsync(lookups, views, cancellationToken);
    }

    public ValueTask<RunId?> FindByKeyAsync(string idempotencyKey, CancellationToken cancellationToken) =>
        Reading().FindByKeyAsync(idempotencyKey, cancellationToken);

    public ValueTask<Page<RunView>> ListAsync(
        RunFilter filter, int limit, string? cursor, RunDetail detail, CancellationToken cancellationToken) =>
        Reading().ListAsync(filter, limit, cursor, detail, cancellationToken);

    public ValueTask<IReadOnlyList<RunHead>> FindQueuedAsync(QueueFilter filter, int limit, CancellationToken cancellationToken)
    {
        OnFindQueued?.Invoke(filter);
        return Reading().FindQueuedAsync(filter, limit, cancellationToken);
    }

    public ValueTask<IReadOnlyList<RunHead>> FindHeldAsync(string workerId, bool isStarted, int limit, CancellationToken cancellationToken) =>
        Reading().FindHeldAsync(workerId, isStarted, limit, cancellationToken);

    public ValueTask<Page<RunView>> FindDueAsync(DateTimeOffset now, int limit, string? cursor, CancellationToken cancellationToken)
    {
        OnFindDue?.Invoke();
        return Reading().FindDueAsync(now, limit, cursor, cancellationToken);
    }

    public ValueTask<IReadOnlyList<RunCount>> CountAsync(CancellationToken cancellationToken) => Reading().CountAsync(cancellationToken);

    public ValueTask<int> PurgeAsync(DateTimeOffset endedBefore, int limit, CancellationToken cancellationToken) =>
        Reading().PurgeAsync(endedBefore, limit, cancellationToken);

    public async ValueTask<FeedPage> ReadFeedAsync(string? after, int limit, CancellationToken cancellationToken)
    {
        if (after is not null && IsUnreadable?.Invoke(after) == true)
        {
            throw new FormatException("the position is of another version");
        }

        var page = await Reading().ReadFeedAsync(after, limit, cancellationToken);
        return OnEvent is { } onEvent ? page with { Items = [.. page.Items.Select(item => item with { Event = onEvent(item.Event) })] } : page;
    }

    public ValueTask<Note?> ReadNoteAsync(string key, CancellationToken cancellationToken) => Reading().ReadNoteAsync(key, cancellationToken);

    public ValueTask<bool> TryWriteNoteAsync(string key, string value, long expectedVersion, RunEvent? told) =>
        Reading().TryWriteNoteAsync(key, value, expectedVersion, told);

    public ValueTask<IReadOnlyList<StateTransition>> ReadTransitionsAsync(RunId run, long after, int limit, CancellationToken cancellationToken) =>
        Reading().ReadTransitionsAsync(run, after, limit, cancellationToken);

    public ValueTask<IReadOnlyList<Command>> ReadCommandsAsync(RunId run, long after, int limit, CancellationToken cancellationToken) =>
        Reading().ReadCommandsAsync(run, after, limit, cancellationToken);

    public async ValueTask<IReadOnlyList<RunEvent>> ReadEventsAsync(RunId run, long after, int limit, CancellationToken cancellationToken)
    {
        var events = await Reading().ReadEventsAsync(run, after, limit, cancellationToken);
        return OnEvent is { } onEvent ? [.. events.Select(onEvent)] : events;
    }

    public ValueTask<IReadOnlyList<AuditEntry>> ReadAuditAsync(RunId run, long after, int limit, CancellationToken cancellationToken) =>
        Audit is { } entries ? new([.. entries.Where(entry => entry.Sequence > after).Take(limit)]) : Reading().ReadAuditAsync(run, after, limit, cancellationToken);

    public IDisposable Subscribe(Action<RunId, RunState> wake) => inner.Subscribe(lookAgain is null ? wake : (_, _) => { });

    private InMemoryRunStore Reading()
    {
        OnRead?.Invoke();
        return inner;
    }
}
