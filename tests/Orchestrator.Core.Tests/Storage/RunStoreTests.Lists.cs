using Orchestrator.Storage;

namespace Orchestrator.Core.Tests.Storage;

public abstract partial class RunStoreTests
{
    [Fact]
    public async Task A_list_goes_from_the_newest_run_page_by_page_and_ends_with_no_cursor()
    {
        var store = CreateStore();
        for (var i = 1; i <= 5; i++)
        {
            await StoreAsync(store, Creation(Head($"r{i}")));
        }

        Assert.Equal(["r5", "r4", "r3", "r2", "r1"], await ListAsync(store, new RunFilter(), limit: 2));
        Assert.Equal(["r5", "r4", "r3", "r2", "r1"], await ListAsync(store, new RunFilter(), limit: 5));
        Assert.Null((await store.ListAsync(new RunFilter(), 5, null, false, CancellationToken.None)).Next);
        Assert.Empty((await CreateStore().ListAsync(new RunFilter(), 5, null, false, CancellationToken.None)).Items);
    }

    [Fact]
    public async Task Runs_that_are_created_or_move_while_somebody_pages_neither_shift_nor_repeat_what_follows()
    {
        var store = CreateStore();
        var heads = new List<RunHead>();
        for (var i = 1; i <= 6; i++)
        {
            heads.Add(await StoreAsync(store, Creation(Head($"r{i}"))));
        }

        var first = await store.ListAsync(new RunFilter(), 2, null, false, CancellationToken.None);
        await StoreAsync(store, Creation(Head("r7")));
        await StoreAsync(store, Changing(heads[4], head => head with { State = RunState.Running }));
        await StoreAsync(store, Changing(heads[3], head => head with { State = RunState.Running }));
        var second = await store.ListAsync(new RunFilter(), 2, first.Next, false, CancellationToken.None);
        var third = await store.ListAsync(new RunFilter(), 2, second.Next, false, CancellationToken.None);

        Assert.Equal(["r6", "r5", "r4", "r3", "r2", "r1"], new[] { first, second, third }.SelectMany(page => page.Items).Select(view => view.Head.Id.Value));
        Assert.Null(third.Next);
    }

    [Theory]
    [InlineData("")]
    [InlineData("nonsense")]
    [InlineData("AAAAAAAAAAA")]
    [InlineData("!!!!!!!!!!!")]
    [InlineData("__________8")]
    public async Task A_cursor_that_the_store_did_not_write_is_a_format_fault(string cursor)
    {
        var store = CreateStore();
        await Assert.ThrowsAsync<FormatException>(async () => await store.ListAsync(new RunFilter(), 1, cursor, false, CancellationToken.None));
    }

    [Fact]
    public async Task A_list_holds_what_passes_every_part_of_the_filter_and_any_of_its_values()
    {
        var store = CreateStore();
        await StoreAsync(store, Creation(Head("queued", 0, ("team", "a"), ("gpu", "1"))));
        var running = await StoreAsync(store, Creation(Head("running", 0, ("team", "a")) with { CreatedAt = Start.AddHours(1) }));
        await StoreAsync(store, Changing(running, head => head with { State = RunState.Running, Health = HealthStatus.Unresponsive }));
        await StoreAsync(store, Creation(Head("other") with { ExperimentId = ExperimentId.Parse("other"), CreatedAt = Start.AddHours(2) }));

        async Task Check(RunFilter filter, params string[] expected) => Assert.Equal(expected, await ListAsync(store, filter, limit: 1));
        await Check(new RunFilter { States = [RunState.Running] }, "running");
        await Check(new RunFilter { States = [RunState.Running, RunState.Queued, RunState.Failed] }, "other", "running", "queued");
        await Check(new RunFilter { States = [RunState.Failed] });
        await Check(new RunFilter { Health = [HealthStatus.Unresponsive, HealthStatus.Stalled] }, "running");
        await Check(new RunFilter { Experiments = [ExperimentId.Parse("other")] }, "other");
        await Check(new RunFilter { Labels = [new("team", "a")] }, "running", "queued");
        await Check(new RunFilter { Labels = [new("team", "a"), new("gpu", "1")] }, "queued");
        await Check(new RunFilter { Labels = [new("team", "A")] });
        await Check(new RunFilter { CreatedAfter = Start }, "other", "running");
        await Check(new RunFilter { CreatedBefore = Start.AddHours(2) }, "running", "queued");
        await Check(new RunFilter { CreatedAfter = Start, CreatedBefore = Start.AddHours(2), States = [RunState.Running], Labels = [new("team", "a")] }, "running");
    }

    [Fact]
    public async Task A_list_carries_manifests_when_they_are_asked_for()
    {
        var store = CreateStore();
        await StoreAsync(store, Creation(Head("run")));
        Assert.NotNull((await store.ListAsync(new RunFilter(), 1, null, true, CancellationToken.None)).Items[0].Manifest);
        Assert.Null((await store.ListAsync(new RunFilter(), 1, null, false, CancellationToken.None)).Items[0].Manifest);
    }

    [Fact]
    public async Task Queued_runs_come_by_priority_then_by_creation_and_keep_their_place_when_they_come_back()
    {
        var store = CreateStore();
        var first = await StoreAsync(store, Creation(Head("first")));
        await StoreAsync(store, Creation(Head("urgent", 9, ("gpu", "1"))));
        await StoreAsync(store, Creation(Head("second", 0, ("gpu", "1"), ("team", "a"))));
        await StoreAsync(store, Creation(Head("most", int.MaxValue)));
        await StoreAsync(store, Creation(Head("least", int.MinValue)));
        first = await StoreAsync(store, Changing(first, head => head with { State = RunState.Running }));

        async Task<IEnumerable<string>> Queued(int limit, params (string, string)[] labels) =>
            Names(await store.FindQueuedAsync(labels.ToDictionary(label => label.Item1, label => label.Item2), limit, CancellationToken.None));
        Assert.Equal(["most", "urgent", "second", "least"], await Queued(9));
        Assert.Equal(["most", "urgent"], await Queued(2));
        Assert.Equal(["urgent", "second"], await Queued(9, ("gpu", "1")));
        Assert.Equal(["second"], await Queued(9, ("gpu", "1"), ("team", "a")));
        Assert.Equal(["second"], await Queued(1, ("team", "a")));
        Assert.Empty(await Queued(9, ("gpu", "2")));

        await StoreAsync(store, Changing(first, head => head with { State = RunState.Queued }));
        Assert.Equal(["most", "urgent", "first", "second", "least"], await Queued(9));
    }

    [Fact]
    public async Task Held_runs_are_those_that_this_worker_provisions_in_the_order_of_creation()
    {
        var store = CreateStore();
        foreach (var (id, worker, state) in new[]
        {
            ("b", "w", RunState.Provisioning), ("a", "w", RunState.Provisioning), ("c", "w", RunState.Running), ("d", "w2", RunState.Provisioning), ("e", null, RunState.Provisioning),
        })
        {
            await StoreAsync(store, Creation(Head(id) with { WorkerId = worker, State = state }));
        }

        Assert.Equal(["b", "a"], Names(await store.FindHeldAsync("w", CancellationToken.None)));
        Assert.Empty(await store.FindHeldAsync("W", CancellationToken.None));
        var head = (await LoadAsync(store, "b"))!.Head;
        await StoreAsync(store, Changing(head, h => h with { State = RunState.Running }));
        Assert.Equal(["a"], Names(await store.FindHeldAsync("w", CancellationToken.None)));
    }

    [Fact]
    public async Task Due_runs_come_each_once_page_by_page_and_move_with_their_due_time()
    {
        var store = CreateStore();
        foreach (var (id, seconds) in new[] { ("d", 1), ("b", 2), ("c", 2), ("a", 3), ("late", 5) })
        {
            await StoreAsync(store, Creation(Head(id) with { DueAt = Start.AddSeconds(seconds) }));
        }

        await StoreAsync(store, Creation(Head("never")));
        var due = await DueAsync(store, Start.AddSeconds(3), limit: 2);
        Assert.Equal(["a", "b", "c", "d"], Names(due).Order());
        Assert.Equal(["a", "b", "c", "d"], Names(await DueAsync(store, Start.AddSeconds(3), limit: 4)).Order());

        await StoreAsync(store, Changing(due.First(head => head.Id.Value == "d"), head => head with { DueAt = Start.AddHours(1) }));
        await StoreAsync(store, Changing(due.First(head => head.Id.Value == "b"), head => head with { DueAt = null }));
        Assert.Equal(["a", "c"], Names(await DueAsync(store, Start.AddSeconds(3), limit: 9)).Order());
        Assert.Equal(["a", "c", "d", "late"], Names(await DueAsync(store, Start.AddHours(1), limit: 1)).Order());
    }

    [Fact]
    public async Task A_run_is_due_after_the_silence_and_the_standstill_that_its_head_says_and_heartbeats_move_that_on()
    {
        var store = CreateStore();
        var head = await StoreAsync(store, Creation(Head("r") with
        {
            LastSignAt = Start,
            DueAfterSilence = TimeSpan.FromSeconds(45),
            DueAfterStandstill = TimeSpan.FromSeconds(60),
        }));

        Assert.Empty(await DueAsync(store, Start.AddSeconds(44), limit: 9));
        Assert.Equal(["r"], Names(await DueAsync(store, Start.AddSeconds(45), limit: 9)));

        await BeatAsync(Start.AddSeconds(45), step: 1);
        Assert.Empty(await DueAsync(store, Start.AddSeconds(89), limit: 9));
        Assert.Equal(["r"], Names(await DueAsync(store, Start.AddSeconds(90), limit: 9)));

        await BeatAsync(Start.AddSeconds(90), step: 1);
        Assert.Empty(await DueAsync(store, Start.AddSeconds(104), limit: 9));
        Assert.Equal(["r"], Names(await DueAsync(store, Start.AddSeconds(105), limit: 9)));

        async Task BeatAsync(DateTimeOffset at, long step)
        {
            var beat = new Heartbeat { RunId = head.Id, Status = RuntimeStatus.Running, Step = step, SamplesPerSec = 1, Loss = 1, CheckpointVersion = 0 };
            var results = new CommitResult[1];
            await store.CommitAsync(new[] { new RunWrite(head.Id, head.Revision, new HeartbeatWrite(beat, at, TimeSpan.Zero), null, null) }, results);
            Assert.Equal(CommitVerdict.Committed, results[0].Verdict);
        }
    }

    [Fact]
    public async Task A_run_that_becomes_due_earlier_is_found_earlier()
    {
        var store = CreateStore();
        var at = await StoreAsync(store, Creation(Head("at") with { DueAt = Start.AddHours(1) }));
        var silence = await StoreAsync(store, Creation(Head("silence") with { LastSignAt = Start }));
        var standstill = await StoreAsync(store, Creation(Head("standstill") with { LastSignAt = Start, DueAfterSilence = TimeSpan.FromHours(1) }));
        Assert.Empty(await DueAsync(store, Start.AddMinutes(1), limit: 9));

        await StoreAsync(store, Changing(at, head => head with { DueAt = Start.AddSeconds(10) }));
        await StoreAsync(store, Changing(silence, head => head with { DueAfterSilence = TimeSpan.FromSeconds(20) }));
        await StoreAsync(store, Changing(standstill, head => head with { DueAfterStandstill = TimeSpan.FromSeconds(30) }));

        Assert.Empty(await DueAsync(store, Start.AddSeconds(9), limit: 9));
        Assert.Equal(["at"], Names(await DueAsync(store, Start.AddSeconds(10), limit: 9)));
        Assert.Equal(["at", "silence", "standstill"], Names(await DueAsync(store, Start.AddSeconds(30), limit: 9)).Order());
    }

    [Fact]
    public async Task Runs_are_counted_by_state_and_health()
    {
        var store = CreateStore();
        await StoreAsync(store, Creation(Head("a")));
        var b = await StoreAsync(store, Creation(Head("b")));
        await StoreAsync(store, Creation(Head("c") with { State = RunState.Running, Health = HealthStatus.HeartbeatStale }));
        await StoreAsync(store, Changing(b, head => head with { State = RunState.Running }));

        Assert.Equal(
            [(RunState.Queued, HealthStatus.Healthy, 1), (RunState.Running, HealthStatus.Healthy, 1), (RunState.Running, HealthStatus.HeartbeatStale, 1)],
            (await store.CountAsync(CancellationToken.None)).Select(count => (count.State, count.Health, (int)count.Count)).Order());
    }

    private static async Task<List<RunHead>> DueAsync(IRunStore store, DateTimeOffset now, int limit)
    {
        var due = new List<RunHead>();
        string? cursor = null;
        do
        {
            var page = await store.FindDueAsync(now, limit, cursor, CancellationToken.None);
            Assert.InRange(page.Items.Count, 0, limit);
            due.AddRange(page.Items.Select(view => view.Head));
            cursor = page.Next;
        }
        while (cursor is not null);
        return due;
    }

    private static async Task<List<string>> ListAsync(IRunStore store, RunFilter filter, int limit)
    {
        var names = new List<string>();
        string? cursor = null;
        do
        {
            var page = await store.ListAsync(filter, limit, cursor, false, CancellationToken.None);
            Assert.InRange(page.Items.Count, 0, limit);
            names.AddRange(page.Items.Select(view => view.Head.Id.Value));
            cursor = page.Next;
        }
        while (cursor is not null);
        return names;
    }
}
