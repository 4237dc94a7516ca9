using Orchestrator.Storage;

namespace Orchestrator.Core.Tests.Storage;

/// <summary>The feed, the notes and what retention drops of them.</summary>
public abstract partial class RunStoreTests
{
    [Fact]
    public async Task The_feed_has_the_events_of_every_change_those_of_a_run_in_their_order()
    {
        var store = CreateStore();
        var a = await StoreAsync(store, Telling(Creation(Head("a")), 1, 2));
        await StoreAsync(store, Telling(Creation(Head("b")), 1));
        await StoreAsync(store, Telling(Changing(a), 3));

        var page = await ReadAsync(store, EventSubscription.Start);

        Assert.Equal([1, 2, 3], SequencesOf("a", page));
        Assert.Equal([1], SequencesOf("b", page));
        Assert.Equal((await store.ReadEventsAsync(Id("a"), 0, 9, CancellationToken.None)), page.Items.Select(item => item.Event).Where(told => told.RunId == Id("a")));
    }

    [Fact]
    public async Task The_feed_goes_on_after_each_position_and_after_each_page()
    {
        var store = CreateStore();
        var head = await StoreAsync(store, Telling(Creation(Head("run")), 1, 2, 3));
        await StoreAsync(store, Telling(Changing(head), 4, 5));
        var all = (await ReadAsync(store, EventSubscription.Start)).Items;

        for (var i = 0; i < all.Count; i++)
        {
            var rest = await ReadAsync(store, all[i].Position);
            Assert.Equal(all.Skip(i + 1).Select(item => item.Event), rest.Items.Select(item => item.Event));
            Assert.Equal([all[i].Event], (await ReadAsync(store, i == 0 ? EventSubscription.Start : all[i - 1].Position, limit: 1)).Items.Select(item => item.Event));
        }

        Assert.Equal(all[1].Position, (await ReadAsync(store, EventSubscription.Start, limit: 2)).Next);
    }

    [Fact]
    public async Task The_end_of_the_feed_is_an_empty_page_from_which_whatever_comes_next_is_read()
    {
        var store = CreateStore();
        var empty = await ReadAsync(store, null);
        await StoreAsync(store, Telling(Creation(Head("a")), 1));
        var end = await ReadAsync(store, null);
        var still = await ReadAsync(store, end.Next);
        await StoreAsync(store, Telling(Creation(Head("b")), 1));

        Assert.Empty(empty.Items);
        Assert.Empty(end.Items);
        Assert.Empty(still.Items);
        Assert.Equal(["a", "b"], (await ReadAsync(store, empty.Next)).Items.Select(item => item.Event.RunId.Value));
        Assert.Equal(["b"], (await ReadAsync(store, end.Next)).Items.Select(item => item.Event.RunId.Value));
        Assert.Equal(["b"], (await ReadAsync(store, still.Next)).Items.Select(item => item.Event.RunId.Value));
    }

    [Fact]
    public async Task A_change_that_is_not_taken_tells_nothing()
    {
        var store = CreateStore();
        var head = await StoreAsync(store, Telling(Creation(Head("run"), key: "k"), 1));
        await CommitAsync(store, Telling(Creation(Head("run")), 1));
        await CommitAsync(store, Telling(Creation(Head("other"), key: "k"), 1));
        await StoreAsync(store, Changing(head));

        Assert.Single((await ReadAsync(store, EventSubscription.Start)).Items);
    }

    [Fact]
    public async Task Nothing_comes_to_stand_before_a_position_that_was_passed_however_many_commit_at_once()
    {
        const int runs = 8, changes = 200;
        var store = CreateStore();
        var writing = Task.WhenAll(Enumerable.Range(0, runs).Select(n => Task.Run(async () =>
        {
            var head = await StoreAsync(store, Telling(Creation(Head($"run-{n}")), 1));
            for (var sequence = 2; sequence <= changes; sequence++)
            {
                head = await StoreAsync(store, Telling(Changing(head), sequence));
            }
        })));

        var seen = Enumerable.Range(0, runs).ToDictionary(n => Id($"run-{n}"), _ => 0L);
        var after = EventSubscription.Start;
        for (var count = 0; count < runs * changes;)
        {
            Assert.False(writing.IsFaulted, "a writer failed");
            var page = await ReadAsync(store, after, limit: 50);
            foreach (var (told, _) in page.Items)
            {
                Assert.Equal(++seen[told.RunId], told.Sequence);
                count++;
            }

            after = page.Next;
            await Task.Yield();
        }

        await writing;
    }

    [Fact]
    public async Task A_text_that_is_no_position_is_no_place_in_the_feed() =>
        await Assert.ThrowsAsync<FormatException>(async () => await ReadAsync(CreateStore(), "no position"));

    [Fact]
    public async Task What_retention_drops_is_gone_and_who_had_not_read_it_is_told_so()
    {
        var store = CreateStore();
        await StoreAsync(store, Telling(Creation(Head("alive")), 1));
        var before = (await ReadAsync(store, null)).Next;
        await StoreAsync(store, Telling(Creation(Ended("first", Start)), 1, 2));
        await StoreAsync(store, Telling(Creation(Ended("second", Start.AddHours(1))), 1));
        var behind = (await ReadAsync(store, null)).Next;
        await StoreAsync(store, Telling(Creation(Head("late")), 1));

        Assert.Equal(1, await store.PurgeAsync(Start.AddMinutes(30), 9, CancellationToken.None));

        var expired = await Assert.ThrowsAsync<FeedExpiredException>(async () => await ReadAsync(store, before));
        Assert.Contains("second", RunsOf(await ReadAsync(store, expired.Left)));
        Assert.Equal(["late"], RunsOf(await ReadAsync(store, behind)));
        var left = new List<string>();
        for (var page = await ReadAsync(store, EventSubscription.Start, limit: 1); page.Items.Count > 0; page = await ReadAsync(store, page.Next, limit: 1))
        {
            left.AddRange(RunsOf(page));
        }

        Assert.Equal(["alive", "late", "second"], left.Order());
        Assert.Null(await LoadAsync(store, "first"));
        Assert.Empty(await store.ReadEventsAsync(Id("first"), 0, 9, CancellationToken.None));
    }

    [Fact]
    public async Task Retention_drops_those_that_ended_first_first_and_never_more_than_it_may()
    {
        var store = CreateStore();
        foreach (var id in new[] { "c", "a", "b", "d" })
        {
            await StoreAsync(store, Creation(Head(id)));
        }

        foreach (var (id, ended) in new[] { ("a", 1), ("b", 2), ("c", 3), ("d", 4) })
        {
            await StoreAsync(store, Changing(Head(id), _ => Ended(id, Start.AddHours(ended))));
        }

        await StoreAsync(store, Creation(Head("alive")));

        Assert.Equal(1, await store.PurgeAsync(Start.AddHours(4), 1, CancellationToken.None));
        Assert.Null(await LoadAsync(store, "a"));
        Assert.Equal(2, await store.PurgeAsync(Start.AddHours(4), 9, CancellationToken.None));
        Assert.NotNull(await LoadAsync(store, "d"));
        Assert.NotNull(await LoadAsync(store, "alive"));
        Assert.Equal(0, await store.PurgeAsync(Start.AddHours(4), 9, CancellationToken.None));
    }

    [Fact]
    public async Task A_note_is_written_by_whoever_knows_its_version()
    {
        var store = CreateStore();

        Assert.Null(await store.ReadNoteAsync("n", CancellationToken.None));
        Assert.False(await store.TryWriteNoteAsync("n", "early", 1, null));
        Assert.True(await store.TryWriteNoteAsync("n", "one", 0, null));
        Assert.False(await store.TryWriteNoteAsync("n", "again", 0, null));
        Assert.Equal(new Note("n", "one", 1), await store.ReadNoteAsync("n", CancellationToken.None));
        Assert.True(await store.TryWriteNoteAsync("n", "two", 1, null));
        Assert.Equal(new Note("n", "two", 2), await store.ReadNoteAsync("n", CancellationToken.None));
        Assert.Null(await store.ReadNoteAsync("N", CancellationToken.None));
    }

    [Fact]
    public async Task Of_many_who_write_a_note_at_once_one_succeeds_each_time()
    {
        const int rounds = 100, writers = 4;
        var store = CreateStore();
        for (var version = 0; version < rounds; version++)
        {
            var written = await Task.WhenAll(Enumerable.Range(0, writers).Select(n => Task.Run(async () => await store.TryWriteNoteAsync("n", $"{n}", version, null))));
            Assert.Single(written, true);
        }

        Assert.Equal(rounds, (await store.ReadNoteAsync("n", CancellationToken.None))!.Version);
    }

    [Fact]
    public async Task An_event_of_the_fleet_joins_the_feed_with_its_note_and_only_with_it()
    {
        var store = CreateStore();
        var told = new RunEvent(1, EventType.FleetSilent, Start, default, 0, new FleetSilentData(60, 100, Start));

        Assert.False(await store.TryWriteNoteAsync("n", "x", 7, told));
        Assert.Empty((await ReadAsync(store, EventSubscription.Start)).Items);
        Assert.True(await store.TryWriteNoteAsync("n", "x", 0, told));
        Assert.Equal([told], (await ReadAsync(store, EventSubscription.Start)).Items.Select(item => item.Event));
    }

    private static RunHead Ended(string id, DateTimeOffset at) =>
        Head(id) with { State = RunState.Failed, Ending = new RunEnding(EndReason.Failed, at), ChangedAt = at, DueAt = null };

    private static RunWrite Telling(RunWrite write, params long[] sequences) => write with
    {
        Change = write.Change! with
        {
            Events = [.. sequences.Select(sequence => new RunEvent(sequence, EventType.RunCreated, Start, write.Run, 1, new RunCreatedData(write.Change.Head.ExperimentId, write.Change.Head.VersionId, null)))],
        },
    };

    private static async Task<FeedPage> ReadAsync(IRunStore store, string? after, int limit = 1_000) =>
        await store.ReadFeedAsync(after, limit, CancellationToken.None);

    private static IEnumerable<long> SequencesOf(string run, FeedPage page) =>
        page.Items.Select(item => item.Event).Where(told => told.RunId == Id(run)).Select(told => told.Sequence);

    private static IEnumerable<string> RunsOf(FeedPage page) => page.Items.Select(item => item.Event.RunId.Value);
}
