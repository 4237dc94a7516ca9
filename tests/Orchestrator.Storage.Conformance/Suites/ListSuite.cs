namespace Orchestrator.Storage.Conformance;

/// <summary>Runs are listed newest first, page by page (<see cref="IRunStore.ListAsync"/>), and counted.</summary>
public abstract class ListSuite(IStoreFactory stores) : StoreSuite(stores)
{
    [Fact]
    public async Task A_list_goes_from_the_newest_run_page_by_page_and_ends_with_no_cursor()
    {
        Assert.Equal(new Page<RunView>([], null).Next, (await Store.ListAsync(new RunFilter(), 5, null, RunDetail.Summary, CancellationToken.None)).Next);
        await Store.StoreAsync(Enumerable.Range(1, 5).Select(n => Creation(Head($"r{n}"))));

        foreach (var limit in new[] { 1, 2, 3, 4, 5, 6, 1_000 })
        {
            Assert.Equal(["r5", "r4", "r3", "r2", "r1"], await NamesAsync(new RunFilter(), limit));
        }

        Assert.Null((await Store.ListAsync(new RunFilter(), 5, null, RunDetail.Summary, CancellationToken.None)).Next);
    }

    [Fact]
    public async Task A_list_has_every_run_whose_creation_was_answered()
    {
        var other = await OpenAnotherAsync();
        for (var n = 1; n <= 5; n++)
        {
            await other.StoreAsync(Creation(Head($"r{n}")));
            Assert.Equal($"r{n}", Assert.Single((await Store.ListAsync(new RunFilter(), 1, null, RunDetail.Summary, CancellationToken.None)).Items).Head.Id.Value);
        }
    }

    [Fact]
    public async Task Runs_that_are_created_or_move_while_somebody_pages_neither_shift_nor_repeat_what_follows()
    {
        var heads = new List<RunHead>();
        for (var i = 1; i <= 6; i++)
        {
            heads.Add(await Store.StoreAsync(Creation(Head($"r{i}"))));
        }

        var first = await Store.ListAsync(new RunFilter(), 2, null, RunDetail.Summary, CancellationToken.None);
        await Store.StoreAsync(Creation(Head("r7")));
        await Store.StoreAsync(Changing(heads[4], head => head with { State = RunState.Running }));
        await Store.StoreAsync(Changing(heads[3], head => head with { State = RunState.Running }));
        var second = await Store.ListAsync(new RunFilter(), 2, first.Next, RunDetail.Summary, CancellationToken.None);
        await Store.StoreAsync(Creation(Head("r8")));
        var third = await (await OpenAnotherAsync()).ListAsync(new RunFilter(), 2, second.Next, RunDetail.Summary, CancellationToken.None);

        Assert.Equal(["r6", "r5", "r4", "r3", "r2", "r1"], new[] { first, second, third }.SelectMany(page => page.Items).Select(view => view.Head.Id.Value));
        Assert.Null(third.Next);
    }

    [Fact]
    public async Task A_page_goes_on_after_a_run_that_was_dropped_meanwhile()
    {
        for (var n = 1; n <= 4; n++)
        {
            await Store.StoreAsync(Creation(n == 3 ? Head("r3").Ended(Start) : Head($"r{n}")));
        }

        var first = await Store.ListAsync(new RunFilter(), 2, null, RunDetail.Summary, CancellationToken.None);
        Assert.Equal(1, await Store.PurgeAsync(Start.AddHours(1), 9, CancellationToken.None));
        var second = await Store.ListAsync(new RunFilter(), 2, first.Next, RunDetail.Summary, CancellationToken.None);

        Assert.Equal(["r2", "r1"], Names(second.Items.Select(view => view.Head)));
    }

    [Theory]
    [InlineData("")]
    [InlineData("nonsense")]
    [InlineData("!!!!!!!!!!!")]
    [InlineData("größe 😂")]
    [InlineData("'; --")]
    public async Task A_cursor_that_the_store_did_not_write_is_a_format_fault(string cursor) =>
        await Assert.ThrowsAsync<FormatException>(async () => await Store.ListAsync(new RunFilter(), 1, cursor, RunDetail.Summary, CancellationToken.None));

    [Fact]
    public async Task A_list_holds_what_passes_every_part_of_the_filter_and_any_of_its_values()
    {
        await Store.StoreAsync(Creation(Head("queued", 0, ("team", "a"), ("gpu", "1"))));
        var running = await Store.StoreAsync(Creation(Head("running", 0, ("team", "a")) with { CreatedAt = Start.AddHours(1) }));
        await Store.StoreAsync(Changing(running, head => head with { State = RunState.Running, Health = HealthStatus.Unresponsive }));
        await Store.StoreAsync(Creation(Head("other") with { ExperimentId = ExperimentId.Parse("other"), CreatedAt = Start.AddHours(2) }));

        async Task Check(RunFilter filter, params string[] expected) => Assert.Equal(expected, await NamesAsync(filter, limit: 1));
        await Check(new RunFilter(), "other", "running", "queued");
        await Check(new RunFilter { States = [RunState.Running] }, "running");
        await Check(new RunFilter { States = [RunState.Running, RunState.Queued, RunState.Failed] }, "other", "running", "queued");
        await Check(new RunFilter { States = [RunState.Failed] });
        await Check(new RunFilter { Health = [HealthStatus.Unresponsive, HealthStatus.Stalled] }, "running");
        await Check(new RunFilter { Health = [HealthStatus.Healthy] }, "other", "queued");
        await Check(new RunFilter { Experiments = [ExperimentId.Parse("other")] }, "other");
        await Check(new RunFilter { Experiments = [ExperimentId.Parse("other"), ExperimentId.Parse("exp")] }, "other", "running", "queued");
        await Check(new RunFilter { Experiments = [ExperimentId.Parse("Other")] });
        await Check(new RunFilter { Labels = [new("team", "a")] }, "running", "queued");
        await Check(new RunFilter { Labels = [new("team", "a"), new("gpu", "1")] }, "queued");
        await Check(new RunFilter { Labels = [new("team", "A")] });
        await Check(new RunFilter { Labels = [new("team", "a"), new("team", "b")] });
        await Check(new RunFilter { CreatedAfter = Start }, "other", "running");
        await Check(new RunFilter { CreatedAfter = Start.AddMicroseconds(-1) }, "other", "running", "queued");
        await Check(new RunFilter { CreatedBefore = Start.AddHours(2) }, "running", "queued");
        await Check(new RunFilter { CreatedBefore = Start.AddHours(2).AddMicroseconds(1) }, "other", "running", "queued");
        await Check(new RunFilter { CreatedAfter = Start, CreatedBefore = Start.AddHours(2), States = [RunState.Running], Labels = [new("team", "a")] }, "running");
    }

    [Fact]
    public async Task A_filter_finds_the_few_among_the_many()
    {
        await Store.StoreAsync(Enumerable.Range(0, 500).Select(n => Creation(Head($"r{n}", 0, ("n", $"{n % 100}")))));

        foreach (var limit in new[] { 1, 2, 5, 6 })
        {
            Assert.Equal(["r407", "r307", "r207", "r107", "r7"], await NamesAsync(new RunFilter { Labels = [new("n", "7")] }, limit));
        }
    }

    [Theory]
    [InlineData("a%", "ab")]
    [InlineData("a_", "ab")]
    [InlineData("'", "")]
    [InlineData("\"}", "")]
    [InlineData("\\", "\\\\")]
    [InlineData("é", "e\u0301")]
    [InlineData("", " ")]
    public async Task Labels_are_compared_character_by_character(string text, string other)
    {
        await Store.StoreAsync([Creation(Head("wanted", 0, (text, text))), Creation(Head("key", 0, (other, text))), Creation(Head("value", 0, (text, other)))]);

        Assert.Equal(["wanted"], await NamesAsync(new RunFilter { Labels = [new(text, text)] }, limit: 9));
        Assert.Equal(["wanted"], Names(await Store.FindQueuedAsync(9, (text, text))));
    }

    [Fact]
    public async Task A_listed_run_is_as_it_stands()
    {
        var head = await Store.StoreAsync(Creation(Samples.FullHead("run")));
        head = await Store.StoreAsync(Changing(head, with: change => change with { Commands = [Command(head.Id, 1)], Progress = Samples.FullProgress }));
        var view = new RunView(head, Samples.FullProgress, [Command(head.Id, 1)]);

        Same.As(view, (await Store.ListAsync(new RunFilter(), 1, null, RunDetail.Summary, CancellationToken.None)).Items[0]);
        Same.As(
            view with { Manifest = RunManifest.Empty }, (await Store.ListAsync(new RunFilter(), 1, null, RunDetail.Full, CancellationToken.None)).Items[0]);
    }

    [Fact]
    public async Task Runs_are_counted_by_state_and_health()
    {
        Assert.Empty(await Store.CountAsync(CancellationToken.None));
        await Store.StoreAsync(new[] { "a", "b", "d" }.Select(id => Creation(Head(id))));
        await Store.StoreAsync(Creation(Head("c") with { State = RunState.Running, Health = HealthStatus.HeartbeatStale }));
        await Store.StoreAsync(Changing(Head("b"), head => head with { State = RunState.Running }));

        Assert.Equal(
            [(RunState.Queued, HealthStatus.Healthy, 2), (RunState.Running, HealthStatus.Healthy, 1), (RunState.Running, HealthStatus.HeartbeatStale, 1)],
            (await Store.CountAsync(CancellationToken.None))
                .Where(count => count.Count > 0)
                .Select(count => (count.State, count.Health, (int)count.Count))
                .Order());
    }

    private async Task<IEnumerable<string>> NamesAsync(RunFilter filter, int limit) =>
        Names((await Store.ListAsync(filter, limit)).Select(view => view.Head));
}
