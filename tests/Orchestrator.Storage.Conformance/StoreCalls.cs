namespace Orchestrator.Storage.Conformance;

/// <summary>Calls of a store, as tests make them.</summary>
public static class StoreCalls
{
    private const int Page = 7;

    // A store that goes round in a circle fails, and does not hang.
    private const int MostPages = 5_000;

    /// <summary>Commits one write.</summary>
    public static async Task<CommitResult> CommitAsync(this IRunStore store, RunWrite write)
    {
        var results = new CommitResult[1];
        await store.CommitAsync(new[] { write }, results);
        return results[0];
    }

    /// <summary>Commits writes to different runs, in batches as large as the store takes.</summary>
    public static async Task<CommitResult[]> CommitAsync(this IRunStore store, IReadOnlyList<RunWrite> writes)
    {
        var all = writes.ToArray();
        var results = new CommitResult[all.Length];
        for (var i = 0; i < all.Length; i += store.Traits.MaxBatch)
        {
            var count = Math.Min(store.Traits.MaxBatch, all.Length - i);
            await store.CommitAsync(all.AsMemory(i, count), results.AsMemory(i, count));
        }

        return results;
    }

    /// <summary>Commits a change that must be taken.</summary>
    /// <returns>The head from now on.</returns>
    public static async Task<RunHead> StoreAsync(this IRunStore store, RunWrite write)
    {
        Assert.Equal(CommitVerdict.Committed, (await store.CommitAsync(write)).Verdict);
        return write.Change!.Head;
    }

    /// <summary>Commits writes to different runs, each of which must be taken.</summary>
    public static async Task StoreAsync(this IRunStore store, IEnumerable<RunWrite> writes) =>
        Assert.All(await store.CommitAsync([.. writes]), result => Assert.Equal(CommitVerdict.Committed, result.Verdict));

    /// <summary>Reads a run.</summary>
    public static async Task<RunView?> LoadAsync(this IRunStore store, string id, bool manifest = false, string? command = null, string? key = null)
    {
        var views = new RunView?[1];
        var lookup = new RunLookup(Id(id), manifest, command is null ? null : CommandId.Parse(command), key);
        await store.LoadAsync(new[] { lookup }, views, CancellationToken.None);
        return views[0];
    }

    /// <summary>Lists runs page by page.</summary>
    public static async Task<List<RunView>> ListAsync(this IRunStore store, RunFilter filter, int limit = Page) =>
        await ReadPagesAsync(limit, cursor => store.ListAsync(filter, limit, cursor, RunDetail.Summary, CancellationToken.None));

    /// <summary>Reads the due runs page by page.</summary>
    public static async Task<List<RunView>> FindDueAsync(this IRunStore store, DateTimeOffset now, int limit = Page) =>
        await ReadPagesAsync(limit, cursor => store.FindDueAsync(now, limit, cursor, CancellationToken.None));

    /// <summary>The queued runs that have these labels, and require nothing.</summary>
    public static async Task<IReadOnlyList<RunHead>> FindQueuedAsync(this IRunStore store, int limit, params (string Key, string Value)[] labels) =>
        await store.FindQueuedAsync(new QueueFilter { Labels = labels.ToDictionary(label => label.Key, label => label.Value) }, limit, CancellationToken.None);

    /// <summary>The runs that this worker has by its id.</summary>
    public static async Task<IReadOnlyList<RunHead>> FindHeldAsync(this IRunStore store, string worker, bool isStarted = false, int limit = 999) =>
        await store.FindHeldAsync(worker, isStarted, limit, CancellationToken.None);

    /// <summary>Reads a page of the feed.</summary>
    public static async Task<FeedPage> ReadFeedAsync(this IRunStore store, string? after, int limit = 1_000) =>
        await store.ReadFeedAsync(after, limit, CancellationToken.None);

    /// <summary>Reads what the feed keeps, page by page.</summary>
    public static async Task<List<RunEvent>> ReadWholeFeedAsync(this IRunStore store, int limit = Page)
    {
        var told = new List<RunEvent>();
        var page = await store.ReadFeedAsync(EventSubscription.Start, limit);
        for (var pages = 1; page.Items.Count > 0; pages++)
        {
            Assert.InRange(pages, 1, MostPages);
            Assert.InRange(page.Items.Count, 1, limit);
            told.AddRange(page.Items.Select(item => item.Event));
            page = await store.ReadFeedAsync(page.Next, limit);
        }

        return told;
    }

    private static async Task<List<RunView>> ReadPagesAsync(int limit, Func<string?, ValueTask<Page<RunView>>> read)
    {
        var views = new List<RunView>();
        string? cursor = null;
        var pages = 0;
        do
        {
            Assert.InRange(++pages, 1, MostPages);
            var page = await read(cursor);
            Assert.InRange(page.Items.Count, 0, limit);
            views.AddRange(page.Items);
            cursor = page.Next;
        }
        while (cursor is not null);
        return views;
    }
}
