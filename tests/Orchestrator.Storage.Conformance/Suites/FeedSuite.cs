namespace Orchestrator.Storage.Conformance;

/// <summary>The feed has the durable events of all runs and of the fleet (<see cref="IRunStore.ReadFeedAsync"/>).</summary>
public abstract class FeedSuite(IStoreFactory stores) : StoreSuite(stores)
{
    [Fact]
    public async Task The_feed_has_the_events_of_every_change_those_of_a_run_in_their_order()
    {
        var a = await Store.StoreAsync(Creation(Head("a")).Telling(1, 2));
        await Store.StoreAsync(Creation(Head("b")).Telling(1));
        await Store.StoreAsync(Changing(a).Telling(3));

        foreach (var store in new[] { Store, await OpenAnotherAsync() })
        {
            var told = (await store.ReadFeedAsync(EventSubscription.Start)).Items.Select(item => item.Event).ToList();
            Assert.Equal(4, told.Count);
            Same.As(await store.ReadEventsAsync(Id("a"), 0, 9, CancellationToken.None), told.Where(happened => happened.RunId == Id("a")));
            Same.As(await store.ReadEventsAsync(Id("b"), 0, 9, CancellationToken.None), told.Where(happened => happened.RunId == Id("b")));
        }
    }

    [Fact]
    public async Task The_feed_goes_on_after_each_position_and_after_each_page()
    {
        var head = await Store.StoreAsync(Creation(Head("run")).Telling(1, 2, 3));
        await Store.StoreAsync(Changing(head).Telling(4, 5));
        var all = (await Store.ReadFeedAsync(EventSubscription.Start)).Items;
        var other = await OpenAnotherAsync();

        Assert.Distinct(all.Select(item => item.Position));
        for (var i = 0; i < all.Count; i++)
        {
            Same.As(all.Skip(i + 1).Select(item => item.Event), (await other.ReadFeedAsync(all[i].Position)).Items.Select(item => item.Event));
            var page = await Store.ReadFeedAsync(i == 0 ? EventSubscription.Start : all[i - 1].Position, limit: 1);
            Same.As(all[i].Event, Assert.Single(page.Items).Event);
            Same.As(all.Skip(i + 1).Select(item => item.Event), (await Store.ReadFeedAsync(page.Next)).Items.Select(item => item.Event));
        }
    }

    [Fact]
    public async Task The_end_of_the_feed_is_an_empty_page_from_which_whatever_comes_next_is_read()
    {
        var empty = await Store.ReadFeedAsync(null);
        await Store.StoreAsync(Creation(Head("a")).Telling(1));
        var end = await (await OpenAnotherAsync()).ReadFeedAsync(null);
        var still = await Store.ReadFeedAsync(end.Next);
        await Store.StoreAsync(Creation(Head("b")).Telling(1));

        Assert.Empty(empty.Items);
        Assert.Empty(end.Items);
        Assert.Empty(still.Items);
        Assert.Equal(["a", "b"], RunsOf(await Store.ReadFeedAsync(empty.Next)));
        Assert.Equal(["b"], RunsOf(await Store.ReadFeedAsync(end.Next)));
        Assert.Equal(["b"], RunsOf(await Store.ReadFeedAsync(still.Next)));
    }

    [Fact]
    public async Task A_change_that_tells_nothing_leaves_the_feed_where_it_was()
    {
        var head = await Store.StoreAsync(Creation(Head("run")).Telling(1));
        var end = (await Store.ReadFeedAsync(null)).Next;
        await Store.StoreAsync(Changing(head));
        await Store.CommitAsync(Beating(head with { Revision = 2 }, Beat(head.Id, 1, Start)));

        Assert.Empty((await Store.ReadFeedAsync(end)).Items);
        Assert.Single(await Store.ReadWholeFeedAsync());
    }

    [Fact]
    public async Task An_event_of_the_fleet_joins_the_feed_among_those_of_the_runs()
    {
        await Store.StoreAsync(Creation(Head("a")).Telling(1));
        Assert.True(await Store.TryWriteNoteAsync("n", "x", 0, Samples.OfFleet()));
        await Store.StoreAsync(Creation(Head("b")).Telling(1));

        var told = await Store.ReadWholeFeedAsync(limit: 1);
        Same.As(Samples.OfFleet(), Assert.Single(told, happened => happened.RunId.IsDefault));
        Assert.Equal(3, told.Count);
    }

    [Theory]
    [InlineData("")]
    [InlineData("no position")]
    [InlineData("größe 😂")]
    [InlineData("'; --")]
    public async Task A_text_that_is_no_position_is_a_format_fault(string position) =>
        await Assert.ThrowsAsync<FormatException>(async () => await Store.ReadFeedAsync(position));

    [Fact]
    public async Task Who_had_not_read_what_was_dropped_is_told_so_and_goes_on_with_what_is_left()
    {
        await Store.StoreAsync(Creation(Head("alive")).Telling(1));
        var before = (await Store.ReadFeedAsync(null)).Next;
        await Store.StoreAsync(Creation(Head("first").Ended(Start)).Telling(1, 2));
        await Store.StoreAsync(Creation(Head("second").Ended(Start.AddHours(1))).Telling(1));
        var behind = (await Store.ReadFeedAsync(null)).Next;
        await Store.StoreAsync(Creation(Head("late")).Telling(1));

        Assert.Equal(1, await Store.PurgeAsync(Start.AddMinutes(30), 9, CancellationToken.None));

        foreach (var store in new[] { Store, await OpenAnotherAsync() })
        {
            var expired = await Assert.ThrowsAsync<FeedExpiredException>(async () => await store.ReadFeedAsync(before));
            var left = new List<string>();
            var page = await store.ReadFeedAsync(expired.Left, limit: 1);
            while (page.Items.Count > 0)
            {
                left.AddRange(RunsOf(page));
                Assert.Distinct(left);
                page = await store.ReadFeedAsync(page.Next, limit: 1);
            }

            Assert.Contains("second", left);
            Assert.Contains("late", left);
            Assert.Equal(["late"], RunsOf(await store.ReadFeedAsync(behind)));
        }
    }

    [Fact]
    public async Task What_had_been_dropped_before_somebody_began_is_no_gap()
    {
        await Store.StoreAsync(Creation(Head("a")).Telling(1));
        await Store.StoreAsync(Creation(Head("dropped").Ended(Start)).Telling(1));
        await Store.StoreAsync(Creation(Head("b")).Telling(1));
        Assert.Equal(1, await Store.PurgeAsync(Start.AddHours(1), 9, CancellationToken.None));

        var page = await Store.ReadFeedAsync(EventSubscription.Start, limit: 1);
        var next = await Store.ReadFeedAsync(page.Next, limit: 9);
        Assert.Equal(["a", "b"], RunsOf(page).Concat(RunsOf(next)));
        Assert.Empty((await Store.ReadFeedAsync(next.Next)).Items);
        Assert.Equal(["a", "b"], (await Store.ReadWholeFeedAsync(limit: 1)).Select(told => told.RunId.Value));
    }

    private static IEnumerable<string> RunsOf(FeedPage page) => page.Items.Select(item => item.Event.RunId.Value);
}
