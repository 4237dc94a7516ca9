namespace Orchestrator.Storage.Conformance;

/// <summary>Queued runs are found in the order in which they are claimed, and held ones by their worker.</summary>
public abstract class QueueSuite(IStoreFactory stores) : StoreSuite(stores)
{
    [Fact]
    public async Task Queued_runs_come_by_priority_then_by_creation()
    {
        foreach (var (id, priority) in new[] { ("first", 0), ("urgent", 9), ("second", 0), ("most", int.MaxValue), ("least", int.MinValue), ("a", 0), ("less", -1) })
        {
            await Store.StoreAsync(Creation(Head(id, priority)));
        }

        string[] inOrder = ["most", "urgent", "first", "second", "a", "less", "least"];
        for (var limit = 1; limit <= inOrder.Length + 1; limit++)
        {
            Assert.Equal(inOrder.Take(limit), Names(await Store.FindQueuedAsync(limit)));
        }
    }

    [Fact]
    public async Task A_run_that_is_queued_again_has_its_place_of_before()
    {
        var first = await Store.StoreAsync(Creation(Head("first")));
        await Store.StoreAsync(Creation(Head("second")));
        first = await Store.StoreAsync(Changing(first, head => head with { State = RunState.Running }));
        Assert.Equal(["second"], Names(await Store.FindQueuedAsync(9)));

        await Store.StoreAsync(Changing(first, head => head with { State = RunState.Queued }));
        Assert.Equal(["first", "second"], Names(await Store.FindQueuedAsync(9)));
    }

    [Fact]
    public async Task Only_queued_runs_are_queued()
    {
        await Store.StoreAsync(Enum.GetValues<RunState>().Select(state => Creation(Head($"{state}") with { State = state })));

        Assert.Equal([$"{RunState.Queued}"], Names(await Store.FindQueuedAsync(99)));
    }

    [Fact]
    public async Task Queued_runs_have_all_the_labels_that_are_asked_for()
    {
        await Store.StoreAsync(
        [
            Creation(Head("none")),
            Creation(Head("gpu", 0, ("gpu", "1"))),
            Creation(Head("both", 0, ("gpu", "1"), ("team", "a"))),
            Creation(Head("urgent", 9, ("gpu", "1"), ("team", "b"), ("more", ""))),
        ]);

        async Task Check(int limit, (string, string)[] labels, params string[] expected) => Assert.Equal(expected, Names(await Store.FindQueuedAsync(limit, labels)));
        await Check(9, [], "urgent", "none", "gpu", "both");
        await Check(9, [("gpu", "1")], "urgent", "gpu", "both");
        await Check(2, [("gpu", "1")], "urgent", "gpu");
        await Check(9, [("gpu", "1"), ("team", "a")], "both");
        await Check(1, [("team", "a")], "both");
        await Check(9, [("more", "")], "urgent");
        await Check(9, [("gpu", "2")]);
        await Check(9, [("GPU", "1")]);
        await Check(9, [("none", "1")]);
    }

    [Fact]
    public async Task The_queue_is_as_every_commit_left_it_that_was_answered()
    {
        var other = await OpenAnotherAsync();
        for (var n = 0; n < 20; n++)
        {
            var head = await other.StoreAsync(Creation(Head($"run-{n}")));
            Same.As(new[] { head }, await Store.FindQueuedAsync(9));
            await Store.StoreAsync(Changing(head, h => h with { State = RunState.Provisioning, WorkerId = "w" }));
            Assert.Empty(await other.FindQueuedAsync(9));
        }
    }

    [Fact]
    public async Task Queued_runs_are_found_among_many_that_lack_a_label()
    {
        await Store.StoreAsync(Enumerable.Range(0, 300).Select(n => Creation(Head($"r{n}", n % 3, n % 100 == 50 ? [("gpu", "1")] : []))));

        Assert.Equal(["r50", "r250", "r150"], Names(await Store.FindQueuedAsync(9, ("gpu", "1"))));
        Assert.Equal(["r50"], Names(await Store.FindQueuedAsync(1, ("gpu", "1"))));
    }

    [Fact]
    public async Task Queued_runs_require_nothing_that_is_not_offered()
    {
        await Store.StoreAsync(
        [
            Creation(Head("nothing")),
            Creation(Requiring("gpu", ("gpu", "a100"))),
            Creation(Requiring("both", ("gpu", "a100"), ("zone", ""))),
            Creation(Requiring("zone", ("zone", ""))),
            Creation(Requiring("labelled", ("gpu", "a100")) with { Labels = new Dictionary<string, string> { ["team"] = "a" } }),
        ]);

        async Task Check(int limit, (string, string)[] offers, (string, string)[] labels, params string[] expected) =>
            Assert.Equal(expected, Names(await Store.FindQueuedAsync(new QueueFilter { Labels = Map(labels), Offers = Map(offers) }, limit, CancellationToken.None)));
        await Check(9, [], [], "nothing");
        await Check(9, [("gpu", "a100")], [], "nothing", "gpu", "labelled");
        await Check(9, [("gpu", "a100"), ("more", "1")], [("team", "a")], "labelled");
        await Check(9, [("gpu", "a100"), ("zone", "")], [], "nothing", "gpu", "both", "zone", "labelled");
        await Check(3, [("gpu", "a100"), ("zone", "")], [], "nothing", "gpu", "both");
        await Check(9, [("gpu", "A100"), ("zone", " ")], [], "nothing");
        await Check(9, [("GPU", "a100")], [], "nothing");
        await Check(9, [("team", "a")], [("team", "a")]);

        static RunHead Requiring(string id, params (string, string)[] needs) => Head(id) with { Requires = Map(needs) };

        static Dictionary<string, string> Map((string Key, string Value)[] pairs) => pairs.ToDictionary(pair => pair.Key, pair => pair.Value);
    }

    [Fact]
    public async Task Queued_runs_are_found_among_many_that_require_what_is_not_offered()
    {
        await Store.StoreAsync(Enumerable.Range(0, 300).Select(n => Creation(Head($"r{n}", n % 3) with
        {
            Requires = new Dictionary<string, string> { ["gpu"] = n % 100 == 50 ? "a100" : "h100" },
        })));
        var filter = new QueueFilter { Offers = new Dictionary<string, string> { ["gpu"] = "a100" } };

        Assert.Equal(["r50", "r250", "r150"], Names(await Store.FindQueuedAsync(filter, 9, CancellationToken.None)));
        Assert.Equal(["r50"], Names(await Store.FindQueuedAsync(filter, 1, CancellationToken.None)));
    }

    [Fact]
    public async Task Held_runs_are_those_that_this_worker_provisions_in_the_order_of_creation()
    {
        await StoreHeldAsync();

        Assert.Equal(["b", "a"], Names(await Store.FindHeldAsync("w")));
        Assert.Empty(await Store.FindHeldAsync("W"));
        Assert.Empty(await Store.FindHeldAsync(""));

        var head = (await Store.LoadAsync("b"))!.Head;
        Same.As(head, (await Store.FindHeldAsync("w"))[0]);
        await Store.StoreAsync(Changing(head, h => h with { State = RunState.Running }));
        Assert.Equal(["a"], Names(await Store.FindHeldAsync("w")));
        await Store.StoreAsync(Changing(Head("a") with { State = RunState.Provisioning }, h => h with { WorkerId = "w2" }));
        Assert.Equal(["a", "d"], Names(await (await OpenAnotherAsync()).FindHeldAsync("w2")));
    }

    [Fact]
    public async Task Started_runs_of_a_worker_are_those_that_run_pause_or_have_failed_for_now_in_the_order_of_creation()
    {
        await StoreHeldAsync();

        Assert.Equal(["c", "h", "g"], Names(await Store.FindHeldAsync("w", isStarted: true)));
        Assert.Empty(await Store.FindHeldAsync("W", isStarted: true));
        Assert.Empty(await Store.FindHeldAsync("w2", isStarted: true));

        var head = (await Store.LoadAsync("c"))!.Head;
        Same.As(head, (await Store.FindHeldAsync("w", isStarted: true))[0]);
        head = await Store.StoreAsync(Changing(head, h => h with { State = RunState.Errored }));
        Assert.Equal(["c", "h", "g"], Names(await Store.FindHeldAsync("w", isStarted: true)));
        head = await Store.StoreAsync(Changing(head, h => h with { State = RunState.Provisioning }));
        Assert.Equal(["h", "g"], Names(await Store.FindHeldAsync("w", isStarted: true)));
        head = await Store.StoreAsync(Changing(head, h => h with { State = RunState.Running, WorkerId = "w2" }));
        Assert.Equal(["c"], Names(await (await OpenAnotherAsync()).FindHeldAsync("w2", isStarted: true)));
        await Store.StoreAsync(Changing(head, h => h.Ended(Start)));
        Assert.Empty(await Store.FindHeldAsync("w2", isStarted: true));
    }

    [Theory]
    [InlineData(RunState.Provisioning)]
    [InlineData(RunState.Paused)]
    public async Task Of_the_runs_of_a_worker_come_no_more_than_are_asked_for_those_created_first(RunState state)
    {
        await Store.StoreAsync(Enumerable.Range(0, 300).Select(n => Creation(Head($"r{n}") with { State = state, WorkerId = n % 2 == 0 ? "w" : "w2" })));
        var isStarted = state == RunState.Paused;
        foreach (var limit in new[] { 1, 2, 149, 150, 151 })
        {
            Assert.Equal(Enumerable.Range(0, 150).Select(n => $"r{2 * n}").Take(limit), Names(await Store.FindHeldAsync("w", isStarted, limit)));
        }
    }

    private async Task StoreHeldAsync()
    {
        foreach (var (id, worker, state) in new[]
        {
            ("b", "w", RunState.Provisioning),
            ("a", "w", RunState.Provisioning),
            ("c", "w", RunState.Running),
            ("d", "w2", RunState.Provisioning),
            ("e", null, RunState.Provisioning),
            ("f", "w", RunState.Queued),
            ("h", "w", RunState.Paused),
            ("g", "w", RunState.Errored),
            ("i", "w", RunState.Terminating),
            ("j", "w", RunState.Completed),
            ("k", null, RunState.Running),
        })
        {
            await Store.StoreAsync(Creation(Head(id) with { WorkerId = worker, State = state }));
        }
    }
}
