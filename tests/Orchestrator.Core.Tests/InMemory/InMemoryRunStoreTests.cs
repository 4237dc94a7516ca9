using Microsoft.Extensions.Time.Testing;
using Orchestrator.Storage;
using Orchestrator.Storage.Conformance;
using static Orchestrator.Storage.Conformance.Rows;

namespace Orchestrator.Core.Tests.InMemory;

public sealed class InMemoryRunStoreTests
{
    private readonly FakeTimeProvider _time = new(Start);

    private InMemoryRunStore CreateStore() => new(_time);

    [Fact]
    public async Task The_clock_counts_whole_microseconds_from_where_the_wall_stood()
    {
        var store = CreateStore();
        _time.Advance(TimeSpan.FromTicks(25));
        Assert.Equal(Start.AddTicks(20), await store.GetTimeAsync(CancellationToken.None));
    }

    [Fact]
    public async Task Of_the_runs_that_ended_the_one_that_ended_first_goes_with_all_that_belongs_to_it()
    {
        var store = new InMemoryRunStore(_time, maxEndedRuns: 2);
        var heads = new Dictionary<string, RunHead>();
        foreach (var id in new[] { "a", "b", "c", "alive" })
        {
            heads[id] = await store.StoreAsync(Creation(Head(id), key: $"key-{id}"));
        }

        foreach (var (second, id) in new[] { "b", "c", "a" }.Index())
        {
            await store.StoreAsync(Changing(heads[id], head => head.Ended(Start.AddSeconds(second)), change => change with
            {
                Commands = [Command(heads[id].Id, 1)],
                Transitions = [new StateTransition(2, RunState.Queued, RunState.Failed, "ada", null, 1, Start)],
            }));
        }

        Assert.Null(await store.LoadAsync("b"));
        Assert.Null(await store.FindByKeyAsync("key-b", CancellationToken.None));
        Assert.Empty(await store.ReadCommandsAsync(Id("b"), 0, 9, CancellationToken.None));
        Assert.Empty(await store.ReadTransitionsAsync(Id("b"), 0, 9, CancellationToken.None));
        var listed = await store.ListAsync(new RunFilter(), 9, null, RunDetail.Summary, CancellationToken.None);
        Assert.Equal(["alive", "c", "a"], Names(listed.Items.Select(view => view.Head)));
        Assert.Equal(Id("a"), await store.FindByKeyAsync("key-a", CancellationToken.None));

        await store.StoreAsync(Creation(Head("b"), key: "key-b"));
        Assert.Equal(1, (await store.LoadAsync("b"))!.Head.Revision);
    }

    [Fact]
    public async Task A_late_change_of_a_run_that_ended_does_not_make_it_newer()
    {
        var store = new InMemoryRunStore(_time, maxEndedRuns: 2);
        var first = await store.StoreAsync(Creation(Head("first").Ended(Start)));
        await store.StoreAsync(Creation(Head("second").Ended(Start.AddSeconds(1))));
        await store.StoreAsync(Changing(first));
        await store.StoreAsync(Creation(Head("third").Ended(Start.AddSeconds(2))));

        Assert.Null(await store.LoadAsync("first"));
        Assert.NotNull(await store.LoadAsync("second"));
    }

    [Fact]
    public async Task A_page_that_was_begun_goes_on_past_runs_that_were_dropped_meanwhile()
    {
        var store = new InMemoryRunStore(_time, maxEndedRuns: 1);
        var heads = new List<RunHead>();
        for (var i = 1; i <= 6; i++)
        {
            heads.Add(await store.StoreAsync(Creation(Head($"r{i}"))));
        }

        var first = await store.ListAsync(new RunFilter(), 2, null, RunDetail.Summary, CancellationToken.None);
        foreach (var (nth, head) in heads.Skip(2).Take(4).Reverse().Index())
        {
            await store.StoreAsync(Changing(head, h => h.Ended(Start.AddSeconds(nth))));
        }

        var second = await store.ListAsync(new RunFilter(), 5, first.Next, RunDetail.Summary, CancellationToken.None);
        Assert.Equal(["r3", "r2", "r1"], Names(second.Items.Select(view => view.Head)));
    }

    [Fact]
    public async Task A_store_that_keeps_no_ended_run_still_answers_the_change_that_ended_it()
    {
        var store = new InMemoryRunStore(_time, maxEndedRuns: 0);
        var head = await store.StoreAsync(Creation(Head("run")));
        await store.StoreAsync(Changing(head, h => h.Ended(Start)));
        Assert.Null(await store.LoadAsync("run"));
        Assert.Throws<ArgumentOutOfRangeException>(() => new InMemoryRunStore(_time, maxEndedRuns: -1));
    }

    [Fact]
    public async Task A_change_with_another_runs_head_or_a_revision_out_of_turn_is_refused_and_nothing_of_the_batch_is_stored()
    {
        var store = CreateStore();
        var write = Creation(Head("run"));
        RunWrite[] foreign = [write, Creation(Head("b")) with { Run = Id("c") }];
        RunWrite[] outOfTurn = [write, Creation(Head("b") with { Revision = 2 })];
        await Assert.ThrowsAsync<ArgumentException>(async () => await store.CommitAsync(foreign, new CommitResult[2]));
        await Assert.ThrowsAsync<ArgumentException>(async () => await store.CommitAsync(outOfTurn, new CommitResult[2]));
        Assert.Null(await store.LoadAsync("run"));
    }

    [Fact]
    public async Task Whoever_subscribes_hears_of_each_change_once_it_can_be_read_and_of_nothing_else()
    {
        var store = CreateStore();
        var heard = new List<(RunId Run, RunState State, long? Revision)>();
        void Hear(RunId run, RunState state)
        {
            var load = store.LoadAsync(run.Value);
            Assert.True(load.IsCompleted);
            heard.Add((run, state, load.Result?.Head.Revision));
        }

        var head = Head("run");
        using (store.Subscribe(Hear))
        {
            await store.StoreAsync(Creation(head));
            _ = await store.CommitAsync(Beating(head, Beat(head.Id, 1, Start)));
            _ = await store.CommitAsync(Changing(head with { Revision = 5 }));
            head = await store.StoreAsync(Changing(head, h => h with { State = RunState.Paused }));
        }

        await store.StoreAsync(Changing(head));
        Assert.Equal([(head.Id, RunState.Queued, 1), (head.Id, RunState.Paused, 2)], heard);
    }

    [Theory]
    [InlineData("AAAAAAAAAAA")]
    [InlineData("__________8")]
    public async Task A_cursor_of_no_place_is_a_format_fault(string cursor) =>
        await Assert.ThrowsAsync<FormatException>(async () => await CreateStore().ListAsync(new RunFilter(), 1, cursor, RunDetail.Summary, CancellationToken.None));
}
