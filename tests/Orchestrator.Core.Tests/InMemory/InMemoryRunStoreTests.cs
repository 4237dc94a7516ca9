using Microsoft.Extensions.Time.Testing;
using Orchestrator.Core.Tests.Storage;
using Orchestrator.Storage;

namespace Orchestrator.Core.Tests.InMemory;

public sealed class InMemoryRunStoreTests : RunStoreTests
{
    private readonly FakeTimeProvider _time = new(Start);

    protected override IRunStore CreateStore() => new InMemoryRunStore(_time);

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
            heads[id] = await StoreAsync(store, Creation(Head(id), key: $"key-{id}"));
        }

        foreach (var id in new[] { "b", "c", "a" })
        {
            await StoreAsync(store, Changing(heads[id], head => head with { State = RunState.Failed, DueAt = null }, change => change with
            {
                Commands = [Command(head: heads[id])],
                Transitions = [new StateTransition(2, RunState.Queued, RunState.Failed, "ada", null, 1, Start)],
            }));
        }

        Assert.Null(await LoadAsync(store, "b"));
        Assert.Null(await store.FindByKeyAsync("key-b", CancellationToken.None));
        Assert.Empty(await store.ReadCommandsAsync(Id("b"), 0, 9, CancellationToken.None));
        Assert.Empty(await store.ReadTransitionsAsync(Id("b"), 0, 9, CancellationToken.None));
        var listed = await store.ListAsync(new RunFilter(), 9, null, false, CancellationToken.None);
        Assert.Equal(["alive", "c", "a"], Names(listed.Items.Select(view => view.Head)));
        Assert.Equal(Id("a"), await store.FindByKeyAsync("key-a", CancellationToken.None));

        await StoreAsync(store, Creation(Head("b"), key: "key-b"));
        Assert.Equal(1, (await LoadAsync(store, "b"))!.Head.Revision);
    }

    [Fact]
    public async Task A_late_change_of_a_run_that_ended_does_not_make_it_newer()
    {
        var store = new InMemoryRunStore(_time, maxEndedRuns: 2);
        var first = await StoreAsync(store, Creation(Head("first") with { State = RunState.Failed }));
        await StoreAsync(store, Creation(Head("second") with { State = RunState.Failed }));
        await StoreAsync(store, Changing(first));
        await StoreAsync(store, Creation(Head("third") with { State = RunState.Failed }));

        Assert.Null(await LoadAsync(store, "first"));
        Assert.NotNull(await LoadAsync(store, "second"));
    }

    [Fact]
    public async Task A_page_that_was_begun_goes_on_past_runs_that_were_dropped_meanwhile()
    {
        var store = new InMemoryRunStore(_time, maxEndedRuns: 1);
        var heads = new List<RunHead>();
        for (var i = 1; i <= 6; i++)
        {
            heads.Add(await StoreAsync(store, Creation(Head($"r{i}"))));
        }

        var first = await store.ListAsync(new RunFilter(), 2, null, false, CancellationToken.None);
        foreach (var head in heads.Skip(2).Take(4).Reverse())
        {
            await StoreAsync(store, Changing(head, h => h with { State = RunState.Completed }));
        }

        var second = await store.ListAsync(new RunFilter(), 5, first.Next, false, CancellationToken.None);
        Assert.Equal(["r3", "r2", "r1"], Names(second.Items.Select(view => view.Head)));
    }

    [Fact]
    public async Task A_store_that_keeps_no_ended_run_still_answers_the_change_that_ended_it()
    {
        var store = new InMemoryRunStore(_time, maxEndedRuns: 0);
        var head = await StoreAsync(store, Creation(Head("run")));
        await StoreAsync(store, Changing(head, h => h with { State = RunState.Completed }));
        Assert.Null(await LoadAsync(store, "run"));
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
        Assert.Null(await LoadAsync(store, "run"));
    }

    private static Command Command(RunHead head) => Command(head.Id, 1);
}
