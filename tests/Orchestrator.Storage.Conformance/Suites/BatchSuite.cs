namespace Orchestrator.Storage.Conformance;

/// <summary>Writes of a batch are independent, and their verdicts stand in their order.</summary>
public abstract class BatchSuite(IStoreFactory stores) : StoreSuite(stores)
{
    private int Largest => Math.Min(Store.Traits.MaxBatch, 1_000);

    [Fact]
    public void A_store_says_once_and_for_all_what_it_takes()
    {
        var traits = Store.Traits;

        Assert.True(traits.MaxBatch >= 1);
        Assert.True(traits.Lanes >= 1);
        Assert.True(traits.LookAgain > TimeSpan.Zero || traits.LookAgain == Timeout.InfiniteTimeSpan);
        Assert.Equal(traits, Store.Traits);
    }

    [Fact]
    public async Task Writes_of_one_batch_are_independent_and_their_verdicts_stand_in_their_order()
    {
        var head = await Store.StoreAsync(Creation(Head("run"), key: "key"));
        var stale = await Store.StoreAsync(Creation(Head("stale")));
        var beaten = await Store.StoreAsync(Creation(Head("beaten")));

        var results = await Store.CommitAsync(
        [
            Changing(stale with { Revision = 7 }),
            Creation(Head("new")),
            Creation(Head("late"), key: "key"),
            Beating(beaten, Beat(beaten.Id, 5, Start)),
            Beating(Head("none"), Beat(Id("none"), 5, Start)),
            Changing(head),
        ]);

        Assert.Equal(
            [CommitVerdict.Conflict, CommitVerdict.Committed, CommitVerdict.Duplicate, CommitVerdict.Committed, CommitVerdict.Conflict, CommitVerdict.Committed],
            results.Select(result => result.Verdict));
        Same.As(stale, results[0].Current?.Head);
        Assert.Equal(5, results[3].Progress?.CurrentStep);
        Assert.Null(results[4].Current);
        Assert.Equal((1, 2), ((await Store.LoadAsync("new"))!.Head.Revision, (await Store.LoadAsync("run"))!.Head.Revision));
        Same.As(stale, (await Store.LoadAsync("stale"))!.Head);
        Assert.Null(await Store.LoadAsync("late"));
    }

    [Fact]
    public async Task A_batch_as_large_as_the_store_takes_is_committed()
    {
        var heads = Enumerable.Range(0, Largest).Select(n => Head($"run-{n}", n)).ToArray();
        await Store.StoreAsync(heads.Select(head => Creation(head, key: $"key-{head.Priority}").Telling(1)));
        var results = await Store.CommitAsync(
        [
            .. heads.Select(head => (head.Priority % 3) switch
            {
                0 => Beating(head, Beat(head.Id, head.Priority, Start)),
                1 => Changing(head, h => h with { Attempt = 5 }),
                _ => Changing(head with { Revision = 9 }),
            }),
        ]);

        for (var n = 0; n < heads.Length; n++)
        {
            var view = (await Store.LoadAsync($"run-{n}"))!;
            Assert.Equal(n % 3 == 2 ? CommitVerdict.Conflict : CommitVerdict.Committed, results[n].Verdict);
            Assert.Equal((n % 3 == 0 ? n : 0, n % 3 == 1 ? 5 : 1), (view.Progress.CurrentStep, view.Head.Attempt));
        }

        Assert.Equal(heads.Length, (await Store.ReadWholeFeedAsync(limit: 100)).Count);
    }

    [Fact]
    public async Task Of_writes_with_one_idempotency_key_in_one_batch_one_is_committed()
    {
        var results = await Store.CommitAsync([.. Enumerable.Range(0, 5).Select(n => Creation(Head($"run-{n}"), key: "key").Telling(1))]);

        var committed = Assert.Single(results.Index(), result => result.Item.Verdict == CommitVerdict.Committed);
        Assert.Equal(4, results.Count(result => result.Verdict == CommitVerdict.Duplicate));
        Assert.Equal(Id($"run-{committed.Index}"), await Store.FindByKeyAsync("key", CancellationToken.None));
        Assert.Equal([Id($"run-{committed.Index}")], (await Store.ListAsync(new RunFilter())).Select(view => view.Head.Id));
        Assert.Single(await Store.ReadWholeFeedAsync());
    }

    [Fact]
    public async Task Runs_of_one_batch_are_created_in_its_order()
    {
        string[] names = ["c", "a", "d", "b"];
        await Store.StoreAsync(names.Select(name => Creation(Head(name))));

        Assert.Equal(names, Names(await Store.FindQueuedAsync(9)));
        Assert.Equal(names.Reverse(), Names((await Store.ListAsync(new RunFilter())).Select(view => view.Head)));
    }
}
