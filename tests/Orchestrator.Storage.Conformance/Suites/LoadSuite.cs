namespace Orchestrator.Storage.Conformance;

/// <summary>Runs are read as they stand (<see cref="IRunStore.LoadAsync"/>), and every read stops when it is told to.</summary>
public abstract class LoadSuite(IStoreFactory stores) : StoreSuite(stores)
{
    [Fact]
    public async Task Many_runs_are_read_at_once_in_the_order_asked_for()
    {
        await Store.StoreAsync([Creation(Head("a"), key: "key"), Creation(Head("b"))]);
        RunLookup[] lookups = [new(Id("b")), new(Id("none")), new(Id("a"), Manifest: true), new(Id("a"), IdempotencyKey: "key"), new(Id("b"))];
        var views = new RunView?[lookups.Length];
        await Store.LoadAsync(lookups, views, CancellationToken.None);

        Assert.Equal(["b", null, "a", "a", "b"], views.Select(view => view?.Head.Id.Value));
        Assert.Equal([false, false, true, false, false], views.Select(view => view?.Manifest is not null));
        Assert.Equal([false, false, false, true, false], views.Select(view => view?.Idempotency is not null));
    }

    [Fact]
    public async Task A_thousand_runs_are_read_at_once()
    {
        const int count = 1_000;
        await Store.StoreAsync(Enumerable.Range(0, count).Select(n => Creation(Head($"run-{n}", n))));
        var views = new RunView?[count];
        await Store.LoadAsync(Enumerable.Range(0, count).Select(n => new RunLookup(Id($"run-{n}"))).ToArray(), views, CancellationToken.None);

        Assert.Equal(Enumerable.Range(0, count), views.Select(view => view!.Head.Priority));
    }

    [Fact]
    public async Task Ids_differ_by_every_character()
    {
        string[] ids = ["run", "Run", "RUN", "run-", "run_", "run.", "-", "...", new string('r', 128), new string('r', 127)];
        await Store.StoreAsync(ids.Select((id, n) => Creation(Head(id, n))));

        foreach (var (n, id) in ids.Index())
        {
            Assert.Equal((id, n), (await Store.LoadAsync(id))!.Head is var head ? (head.Id.Value, head.Priority) : default);
        }
    }

    [Fact]
    public async Task Live_commands_are_those_pending_or_delivered_by_sequence()
    {
        var head = await Store.StoreAsync(Creation(Head("run")));
        CommandStatus[] statuses = [.. Enum.GetValues<CommandStatus>(), .. Enum.GetValues<CommandStatus>()];
        Command[] commands = [.. statuses.Select((status, index) => Command(head.Id, index + 1, status))];
        await Store.StoreAsync(Changing(head, with: change => change with { Commands = [.. commands.Reverse()] }));

        Same.As(
            commands.Where(command => command.Status is CommandStatus.Pending or CommandStatus.Delivered), (await Store.LoadAsync("run"))!.Live);
    }

    [Fact]
    public async Task A_command_is_found_by_id_in_whichever_status_in_its_run_alone()
    {
        var head = await Store.StoreAsync(Creation(Head("run")));
        await Store.StoreAsync(Creation(Head("other")));
        Command[] commands = [.. Enum.GetValues<CommandStatus>().Select((status, index) => Command(head.Id, index + 1, status))];
        await Store.StoreAsync(Changing(head, with: change => change with { Commands = commands }));

        foreach (var command in commands)
        {
            Same.As(command, (await Store.LoadAsync("run", command: command.Id.Value))!.Command);
        }

        Assert.Null((await Store.LoadAsync("run", command: "c99"))!.Command);
        Assert.Null((await Store.LoadAsync("run", command: "C1"))!.Command);
        Assert.Null((await Store.LoadAsync("other", command: "c1"))!.Command);
    }

    [Fact]
    public async Task A_command_that_comes_again_replaces_the_one_of_its_id()
    {
        var head = await Store.StoreAsync(Creation(Head("run")));
        Command[] commands = [Command(head.Id, 1), Command(head.Id, 2)];
        head = await Store.StoreAsync(Changing(head, with: change => change with { Commands = commands }));
        var before = (await Store.LoadAsync("run"))!;
        var applied = commands[0] with { Status = CommandStatus.Applied, AcknowledgedAt = Start };
        head = await Store.StoreAsync(Changing(head, with: change => change with { Commands = [applied] }));

        Same.As(new RunView(head, RunProgress.None, [commands[1]]) { Command = applied }, await Store.LoadAsync("run", command: "c1"));
        Same.As(new[] { applied, commands[1] }, await Store.ReadCommandsAsync(head.Id, 0, 9, CancellationToken.None));

        await Store.StoreAsync(Changing(head, with: change => change with { Commands = commands }));
        Same.As(commands, (await Store.LoadAsync("run"))!.Live);
        Same.As(commands, before.Live);
    }

    [Fact]
    public async Task A_manifest_is_read_where_it_is_asked_for()
    {
        await Store.StoreAsync(Creation(Head("run")));

        Same.As(RunManifest.Empty, (await Store.LoadAsync("run", manifest: true))!.Manifest);
        Assert.Null((await Store.LoadAsync("run"))!.Manifest);
    }

    [Fact]
    public async Task Every_host_reads_what_was_answered_to_another()
    {
        var other = await OpenAnotherAsync();
        var head = await Store.StoreAsync(Creation(Head("run")));
        Same.As(head, (await other.LoadAsync("run"))!.Head);
        var beaten = await other.CommitAsync(Beating(head, Beat(head.Id, 5, Start)));
        Same.As(beaten.Progress, (await Store.LoadAsync("run"))!.Progress);
        head = await other.StoreAsync(Changing(head, h => h with { State = RunState.Running }, change => change with { Commands = [Command(head.Id, 1)] }));
        Same.As(new RunView(head, beaten.Progress!, [Command(head.Id, 1)]), await Store.LoadAsync("run"));
        Same.As(new RunView(head, beaten.Progress!, [Command(head.Id, 1)]), (await Store.CommitAsync(Changing(Head("run")))).Current);
    }

    [Fact]
    public async Task Every_read_stops_when_it_is_told_to()
    {
        await Store.StoreAsync(Creation(Head("run")).Telling(1));
        var over = new CancellationToken(canceled: true);
        var run = Id("run");
        Func<Task>[] reads =
        [
            async () => await Store.GetTimeAsync(over),
            async () => await Store.LoadAsync(new RunLookup[] { new(run) }, new RunView?[1], over),
            async () => await Store.FindByKeyAsync("key", over),
            async () => await Store.ListAsync(new RunFilter(), 1, null, RunDetail.Summary, over),
            async () => await Store.FindQueuedAsync(new QueueFilter(), 1, over),
            async () => await Store.FindHeldAsync("w", false, 1, over),
            async () => await Store.FindHeldAsync("w", true, 1, over),
            async () => await Store.FindDueAsync(Start, 1, null, over),
            async () => await Store.CountAsync(over),
            async () => await Store.ReadTransitionsAsync(run, 0, 1, over),
            async () => await Store.ReadCommandsAsync(run, 0, 1, over),
            async () => await Store.ReadEventsAsync(run, 0, 1, over),
            async () => await Store.ReadAuditAsync(run, 0, 1, over),
            async () => await Store.ReadFeedAsync(EventSubscription.Start, 1, over),
            async () => await Store.ReadNoteAsync("note", over),
        ];
        foreach (var read in reads)
        {
            await Assert.ThrowsAnyAsync<OperationCanceledException>(read);
        }
    }
}
