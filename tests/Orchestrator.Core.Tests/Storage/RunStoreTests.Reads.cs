using Orchestrator.Storage;

namespace Orchestrator.Core.Tests.Storage;

public abstract partial class RunStoreTests
{
    [Fact]
    public async Task Many_runs_are_read_at_once_in_the_order_asked_for()
    {
        var store = CreateStore();
        await StoreAsync(store, Creation(Head("a")));
        await StoreAsync(store, Creation(Head("b")));
        RunLookup[] lookups = [new(Id("b")), new(Id("none")), new(Id("a"), Manifest: true), new(Id("b"))];
        var views = new RunView?[4];
        await store.LoadAsync(lookups, views, CancellationToken.None);

        Assert.Equal(["b", null, "a", "b"], views.Select(view => view?.Head.Id.Value));
        Assert.Equal([false, false, true, false], views.Select(view => view?.Manifest is not null));
    }

    [Fact]
    public async Task Live_commands_are_those_pending_or_delivered_by_sequence_and_every_command_is_found_by_id()
    {
        var store = CreateStore();
        var head = await StoreAsync(store, Creation(Head("run")));
        var statuses = Enum.GetValues<CommandStatus>();
        Command[] commands = [.. statuses.Select((status, index) => Command(head.Id, index + 1, status))];
        head = await StoreAsync(store, Changing(head, with: change => change with { Commands = [.. commands.Reverse()] }));

        var view = (await LoadAsync(store, "run", command: "c5"))!;
        Assert.Equal(["c1", "c2"], view.Live.Select(command => command.Id.Value));
        Assert.Equal(commands[4], view.Command);
        Assert.Null((await LoadAsync(store, "run", command: "c99"))!.Command);

        var applied = commands[0] with { Status = CommandStatus.Applied, AcknowledgedAt = Start };
        await StoreAsync(store, Changing(head, with: change => change with { Commands = [applied] }));
        Assert.Equal(["c2"], (await LoadAsync(store, "run"))!.Live.Select(command => command.Id.Value));
        Assert.Equal([applied, .. commands[1..]], await store.ReadCommandsAsync(head.Id, 0, 100, CancellationToken.None));
        Assert.Equal(["c1", "c2"], view.Live.Select(command => command.Id.Value));
    }

    [Fact]
    public async Task What_belongs_to_a_run_is_read_page_by_page_and_of_an_unknown_run_there_is_nothing()
    {
        var store = CreateStore();
        var head = await StoreAsync(store, Creation(Head("run")));
        for (var n = 1; n <= 5; n++)
        {
            var entry = new AuditEntry
            {
                Sequence = n,
                ActorType = "operator",
                ActorId = "ada",
                Action = "a",
                PayloadHash = "p",
                HashVersion = 1,
                CreatedAt = Start,
                PrevHash = "q",
                EntryHash = "r",
            };
            head = await StoreAsync(store, Changing(head, with: change => change with
            {
                Transitions = [new StateTransition(n, RunState.Running, RunState.Paused, "ada", null, 1, Start)],
                Commands = [Command(head.Id, n)],
                Events = [new RunEvent((2 * n) - 1, EventType.RunCreated, Start, head.Id, 1, new HealthChangedData(default, default, default)), new RunEvent(2 * n, EventType.RunCreated, Start, head.Id, 1, new HealthChangedData(default, default, default))],
                Audit = entry,
            }));
        }

        var none = CancellationToken.None;
        Assert.Equal([3, 4], (await store.ReadTransitionsAsync(head.Id, 2, 2, none)).Select(row => row.Sequence));
        Assert.Equal([3, 4], (await store.ReadCommandsAsync(head.Id, 2, 2, none)).Select(row => row.Sequence));
        Assert.Equal([3, 4], (await store.ReadAuditAsync(head.Id, 2, 2, none)).Select(row => row.Sequence));
        Assert.Equal([9, 10], (await store.ReadEventsAsync(head.Id, 8, 5, none)).Select(row => row.Sequence));
        Assert.Empty(await store.ReadTransitionsAsync(head.Id, 5, 2, none));
        Assert.Empty(await store.ReadTransitionsAsync(Id("none"), 0, 2, none));
        Assert.Empty(await store.ReadCommandsAsync(Id("none"), 0, 2, none));
        Assert.Empty(await store.ReadAuditAsync(Id("none"), 0, 2, none));
        Assert.Empty(await store.ReadEventsAsync(Id("none"), 0, 2, none));
    }

    [Fact]
    public async Task Whoever_subscribes_hears_of_each_change_once_it_can_be_read_and_not_of_plain_heartbeats()
    {
        var store = CreateStore();
        var heard = new List<(RunId Run, RunState State, long? Revision)>();
        void Hear(RunId run, RunState state)
        {
            var load = LoadAsync(store, run.Value);
            Assert.True(load.IsCompleted);
            heard.Add((run, state, load.Result?.Head.Revision));
        }

        var head = Head("run");
        using (store.Subscribe(Hear))
        {
            await StoreAsync(store, Creation(head));
            _ = await CommitAsync(store, new RunWrite(head.Id, 1, Beat(head.Id, 1, Start), null, null));
            _ = await CommitAsync(store, Changing(head with { Revision = 5 }));
            head = await StoreAsync(store, Changing(head, h => h with { State = RunState.Paused }));
        }

        await StoreAsync(store, Changing(head));
        Assert.Equal([(head.Id, RunState.Queued, 1), (head.Id, RunState.Paused, 2)], heard);
    }

    [Fact]
    public async Task Every_read_stops_when_it_is_told_to()
    {
        var store = CreateStore();
        await StoreAsync(store, Creation(Head("run")));
        var over = new CancellationToken(canceled: true);
        var run = Id("run");
        Func<Task>[] reads =
        [
            async () => await store.GetTimeAsync(over),
            async () => await store.LoadAsync(new RunLookup[] { new(run) }, new RunView?[1], over),
            async () => await store.FindByKeyAsync("key", over),
            async () => await store.ListAsync(new RunFilter(), 1, null, false, over),
            async () => await store.FindQueuedAsync(new Dictionary<string, string>(), 1, over),
            async () => await store.FindHeldAsync("w", over),
            async () => await store.FindDueAsync(Start, 1, null, over),
            async () => await store.ReadTransitionsAsync(run, 0, 1, over),
            async () => await store.ReadCommandsAsync(run, 0, 1, over),
            async () => await store.ReadEventsAsync(run, 0, 1, over),
            async () => await store.ReadAuditAsync(run, 0, 1, over),
        ];
        foreach (var read in reads)
        {
            await Assert.ThrowsAnyAsync<OperationCanceledException>(read);
        }
    }
}
