namespace Orchestrator.Storage.Conformance;

/// <summary>An idempotency key is used once, for whichever run.</summary>
public abstract class IdempotencySuite(IStoreFactory stores) : StoreSuite(stores)
{
    [Fact]
    public async Task A_key_that_the_store_holds_for_whichever_run_is_a_duplicate_and_nothing_of_the_change_is_stored()
    {
        var head = await Store.StoreAsync(Creation(Head("run"), key: "one"));
        var other = await Store.StoreAsync(Creation(Head("other")));

        var verdicts = await VerdictsAsync(
            Changing(head, with: change => change.Keyed("one")).Telling(1),
            Changing(other, with: change => change.Keyed("one")).Telling(1),
            Creation(Head("third"), key: "one").Telling(1));

        Assert.All(verdicts, verdict => Assert.Equal(CommitVerdict.Duplicate, verdict));
        Same.As(head, (await Store.LoadAsync("run"))!.Head);
        Same.As(other, (await Store.LoadAsync("other"))!.Head);
        Assert.Null(await Store.LoadAsync("third"));
        Assert.Empty(await Store.ReadWholeFeedAsync());
    }

    [Fact]
    public async Task A_change_that_is_a_conflict_too_is_a_duplicate()
    {
        var head = await Store.StoreAsync(Creation(Head("run"), key: "one"));
        await Store.CommitAsync(Beating(head, Beat(head.Id, 5, Start)));

        var verdicts = await VerdictsAsync(
            Creation(Head("run"), key: "one"),
            Changing(head with { Revision = 7 }, with: change => change.Keyed("one")),
            Changing(Head("none"), with: change => change.Keyed("one")),
            Changing(head, with: change => change.Keyed("one"), expectedHeartbeats: 0),
            Changing(head, with: change => change.Keyed("one")) with { Heartbeat = Beat(head.Id, 1, Start) });

        Assert.All(verdicts, verdict => Assert.Equal(CommitVerdict.Duplicate, verdict));
    }

    [Fact]
    public async Task A_change_that_conflicts_does_not_use_its_key_up()
    {
        var head = await Store.StoreAsync(Creation(Head("run")));
        Assert.Equal([CommitVerdict.Conflict], await VerdictsAsync(Changing(head with { Revision = 7 }, with: change => change.Keyed("one"))));
        await Store.StoreAsync(Changing(head, with: change => change.Keyed("one")));
    }

    [Fact]
    public async Task The_run_of_a_key_is_found_by_it()
    {
        var head = await Store.StoreAsync(Creation(Head("run"), key: "one"));
        await Store.StoreAsync(Creation(Head("other"), key: "two"));
        await Store.StoreAsync(Changing(head, with: change => change.Keyed("three")));

        foreach (var (key, run) in new[] { ("one", "run"), ("two", "other"), ("three", "run") })
        {
            Assert.Equal(Id(run), await Store.FindByKeyAsync(key, CancellationToken.None));
            Assert.Equal(Id(run), await (await OpenAnotherAsync()).FindByKeyAsync(key, CancellationToken.None));
        }

        Assert.Null(await Store.FindByKeyAsync("none", CancellationToken.None));
    }

    [Fact]
    public async Task Keys_differ_by_every_character()
    {
        string[] keys = ["key", "Key", "key ", "ke", "keyy", "k%y", "k_y", new string('a', 128), new string('a', 127)];
        await Store.StoreAsync(keys.Select((key, n) => Creation(Head($"run-{n}"), key: key)));

        foreach (var (n, key) in keys.Index())
        {
            Assert.Equal(Id($"run-{n}"), await Store.FindByKeyAsync(key, CancellationToken.None));
        }
    }

    [Fact]
    public async Task The_record_of_a_key_is_read_with_the_run_that_holds_it()
    {
        var head = await Store.StoreAsync(Creation(Head("run"), key: "one"));
        var record = new IdempotencyRecord("two", "another hash", CommandId.Parse("c1"), Attempt: 4);
        await Store.StoreAsync(Changing(head, with: change => change with { Idempotency = record }));
        await Store.StoreAsync(Creation(Head("other")));

        Assert.Equal(new IdempotencyRecord("one", "hash", null), (await Store.LoadAsync("run", key: "one"))!.Idempotency);
        Assert.Equal(record, (await Store.LoadAsync("run", key: "two"))!.Idempotency);
        Assert.Null((await Store.LoadAsync("run", key: "three"))!.Idempotency);
        Assert.Null((await Store.LoadAsync("run"))!.Idempotency);
        Assert.Null((await Store.LoadAsync("other", key: "one"))!.Idempotency);
    }

    private async Task<IEnumerable<CommitVerdict>> VerdictsAsync(params RunWrite[] writes)
    {
        var verdicts = new List<CommitVerdict>();
        foreach (var write in writes)
        {
            verdicts.Add((await Store.CommitAsync(write)).Verdict);
        }

        return verdicts;
    }
}
