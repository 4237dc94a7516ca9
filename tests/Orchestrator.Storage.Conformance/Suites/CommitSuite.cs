namespace Orchestrator.Storage.Conformance;

/// <summary>A write is guarded, and whole or nothing (<see cref="IRunStore.CommitAsync"/>).</summary>
public abstract class CommitSuite(IStoreFactory stores) : StoreSuite(stores)
{
    [Fact]
    public async Task A_run_is_created_once()
    {
        var head = await Store.StoreAsync(Creation(Head("run", 3, ("gpu", "a100"))));
        var second = await Store.CommitAsync(Creation(head with { Priority = 4 }, progress: new RunProgress { CurrentStep = 9 }));

        Assert.Equal(CommitVerdict.Conflict, second.Verdict);
        Same.As(new RunView(head, RunProgress.None, []), second.Current);
        Same.As(new RunView(head, RunProgress.None, []), await Store.LoadAsync("run"));
    }

    [Fact]
    public async Task A_write_to_a_run_that_does_not_exist_conflicts_with_nothing()
    {
        var head = Head("run");

        Assert.Equal(new CommitResult(CommitVerdict.Conflict, null, null), await Store.CommitAsync(Changing(head)));
        Assert.Equal(new CommitResult(CommitVerdict.Conflict, null, null), await Store.CommitAsync(Beating(head, Beat(head.Id, 1, Start))));
        Assert.Null(await Store.LoadAsync("run"));
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(+1)]
    public async Task A_change_that_expects_another_revision_stores_nothing_of_it(int off)
    {
        var head = await Store.StoreAsync(Creation(Head("run")));
        head = await Store.StoreAsync(Changing(head, h => h with { State = RunState.Running }));
        var end = (await Store.ReadFeedAsync(null)).Next;

        var result = await Store.CommitAsync(Full(head with { Revision = head.Revision + off }));

        Assert.Equal(CommitVerdict.Conflict, result.Verdict);
        Same.As(new RunView(head, RunProgress.None, []), result.Current);
        await AssertNothingOfItAsync(head, end);
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(+1)]
    public async Task A_heartbeat_that_expects_another_revision_stores_nothing_of_it(int off)
    {
        var head = await Store.StoreAsync(Creation(Head("run")));
        head = await Store.StoreAsync(Changing(head));

        var result = await Store.CommitAsync(Beating(head with { Revision = head.Revision + off }, Beat(head.Id, 5, Start)));

        Assert.Equal(CommitVerdict.Conflict, result.Verdict);
        Same.As(new RunView(head, RunProgress.None, []), result.Current);
        Same.As(RunProgress.None, (await Store.LoadAsync("run"))!.Progress);
    }

    [Fact]
    public async Task A_change_that_expects_other_progress_stores_nothing_of_it()
    {
        var head = await Store.StoreAsync(Creation(Head("run")));
        var beaten = await Store.CommitAsync(Beating(head, Beat(head.Id, 5, Start)));
        var end = (await Store.ReadFeedAsync(null)).Next;

        var stale = await Store.CommitAsync(Full(head) with { ExpectedHeartbeats = 0 });

        Assert.Equal(CommitVerdict.Conflict, stale.Verdict);
        Same.As(new RunView(head, beaten.Progress!, []), stale.Current);
        await AssertNothingOfItAsync(head, end, beaten.Progress);
        Assert.Equal(CommitVerdict.Committed, (await Store.CommitAsync(Full(head) with { ExpectedHeartbeats = 1 })).Verdict);
    }

    [Fact]
    public async Task A_change_of_another_head_at_the_same_revision_stores_nothing_of_it()
    {
        var head = await Store.StoreAsync(Creation(Head("run")));
        var end = (await Store.ReadFeedAsync(null)).Next;

        var stale = await Store.CommitAsync(Full(head) with { ExpectedCommit = Guid.NewGuid() });

        Assert.Equal(CommitVerdict.Conflict, stale.Verdict);
        await AssertNothingOfItAsync(head, end);
        Assert.Equal(CommitVerdict.Committed, (await Store.CommitAsync(Full(head) with { ExpectedCommit = head.CommitId })).Verdict);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_heartbeat_for_another_head_at_the_same_revision_stores_nothing_of_it(bool besideAChange)
    {
        var head = await Store.StoreAsync(Creation(Head("run")));
        var other = await Store.StoreAsync(Creation(Head("other")));

        var stale = await CommitAsync(Guid.NewGuid());

        Assert.Equal(CommitVerdict.Conflict, stale.Verdict);
        Same.As(new RunView(head, RunProgress.None, []), stale.Current);
        Same.As(RunProgress.None, (await Store.LoadAsync("run"))!.Progress);
        Assert.Equal(CommitVerdict.Committed, (await CommitAsync(head.CommitId)).Verdict);

        async Task<CommitResult> CommitAsync(Guid expected)
        {
            var beating = Beating(head, Beat(head.Id, 5, Start)) with { ExpectedCommit = expected };
            var changing = Changing(other);
            other = besideAChange ? changing.Change!.Head : other;
            return (await Store.CommitAsync(besideAChange ? [changing, beating] : [beating]))[^1];
        }
    }

    [Fact]
    public async Task The_commit_of_a_head_stays_the_same_while_heartbeats_come_and_is_another_after_a_change()
    {
        var head = await Store.StoreAsync(Creation(Head("run")));
        await Store.CommitAsync(Beating(head, Beat(head.Id, 5, Start)) with { ExpectedCommit = head.CommitId });
        Assert.Equal(head.CommitId, (await Store.LoadAsync("run"))!.Head.CommitId);

        var changed = await Store.StoreAsync(Changing(head) with { ExpectedCommit = head.CommitId, Heartbeat = Beat(head.Id, 6, Start) });

        Assert.NotEqual(head.CommitId, changed.CommitId);
        Assert.Equal(changed.CommitId, (await Store.LoadAsync("run"))!.Head.CommitId);
        Assert.Equal(changed.CommitId, (await Store.CommitAsync(Changing(head) with { ExpectedCommit = head.CommitId })).Current!.Head.CommitId);
    }

    [Fact]
    public async Task What_was_decided_on_a_run_before_it_was_dropped_and_created_again_stores_nothing()
    {
        var old = await Store.StoreAsync(Creation(Head("run")));
        await Store.StoreAsync(Changing(old, head => head.Ended(Start)));
        Assert.Equal(1, await Store.PurgeAsync(Start.AddHours(1), 9, CancellationToken.None));
        var head = await Store.StoreAsync(Creation(Head("run")));
        var end = (await Store.ReadFeedAsync(null)).Next;

        RunWrite[] writes = [Beating(old, Beat(old.Id, 5, Start)), Full(old), Full(old) with { Heartbeat = Beat(old.Id, 5, Start) }];
        foreach (var write in writes)
        {
            Assert.Equal(CommitVerdict.Conflict, (await Store.CommitAsync(write with { ExpectedCommit = old.CommitId })).Verdict);
        }

        await AssertNothingOfItAsync(head, end);
    }

    [Fact]
    public async Task A_run_has_thousands_of_live_commands()
    {
        const int all = 9_000, some = 3_000;
        var head = await Store.StoreAsync(Creation(Head("run")));
        for (var first = 1; first <= all; first += some)
        {
            var added = Enumerable.Range(first, some).Select(sequence => Command(head.Id, sequence)).ToArray();
            head = await Store.StoreAsync(Changing(head, with: change => change with { Commands = added }).Telling([.. added.Select(command => command.Sequence)]));
        }

        Assert.Equal(Enumerable.Range(1, all).Select(n => (long)n), (await Store.LoadAsync("run"))!.Live.Select(command => command.Sequence));
        Assert.Equal(all, (await Store.CommitAsync(Changing(Head("run")))).Current!.Live.Count);

        var over = Enumerable.Range(1, all).Select(sequence => Command(head.Id, sequence, CommandStatus.Superseded)).ToArray();
        var change = Changing(
            head,
            h => h.Ended(Start),
            change => change with { Commands = over, Transitions = [.. over.Select(command => Step(command.Sequence))] });
        head = await Store.StoreAsync(change.Telling([.. over.Select(command => all + command.Sequence)]));

        Same.As(new RunView(head, RunProgress.None, []), await Store.LoadAsync("run"));
        Assert.Equal(all, (await Store.ReadCommandsAsync(head.Id, 0, 2 * all, CancellationToken.None)).Count(command => command.Status == CommandStatus.Superseded));
        Assert.Equal(all, (await Store.ReadTransitionsAsync(head.Id, 0, 2 * all, CancellationToken.None)).Count);
        Assert.Equal(
            Enumerable.Range(1, 2 * all).Select(n => (long)n), (await Store.ReadEventsAsync(head.Id, 0, 3 * all, CancellationToken.None)).Select(told => told.Sequence));
        Assert.Equal(1, await Store.PurgeAsync(Start.AddHours(1), 9, CancellationToken.None));
        Assert.Empty(await Store.ReadWholeFeedAsync(limit: 1_000));
    }

    [Fact]
    public async Task A_change_that_was_made_before_the_last_heartbeat_stores_nothing_of_it()
    {
        var head = await Store.StoreAsync(Creation(Head("run")));
        var beaten = await Store.CommitAsync(Beating(head, Beat(head.Id, 5, Start.AddMicroseconds(7))));

        var early = await Store.CommitAsync(MadeAt(Start.AddMicroseconds(6)));

        Assert.Equal(CommitVerdict.Conflict, early.Verdict);
        Same.As(new RunView(head, beaten.Progress!, []), early.Current);
        Same.As(new RunView(head, beaten.Progress!, []), await Store.LoadAsync("run"));
        Assert.Equal(CommitVerdict.Committed, (await Store.CommitAsync(MadeAt(Start.AddMicroseconds(7)))).Verdict);
        head = (await Store.LoadAsync("run"))!.Head;
        Assert.Equal(CommitVerdict.Committed, (await Store.CommitAsync(Beating(head, Beat(head.Id, 5, Start.AddMicroseconds(8))))).Verdict);
        Assert.Equal(CommitVerdict.Committed, (await Store.CommitAsync(MadeAt(head.ChangedAt))).Verdict);

        RunWrite MadeAt(DateTimeOffset time) => Changing(head, to => to with { ChangedAt = time });
    }

    [Fact]
    public async Task A_heartbeat_that_expects_other_progress_stores_nothing_of_it()
    {
        var head = await Store.StoreAsync(Creation(Head("run")));
        await Store.CommitAsync(Beating(head, Beat(head.Id, 5, Start)));

        Assert.Equal(CommitVerdict.Conflict, (await Store.CommitAsync(Beating(head, Beat(head.Id, 6, Start), expectedHeartbeats: 0))).Verdict);
        Assert.Equal(CommitVerdict.Conflict, (await Store.CommitAsync(Beating(head, Beat(head.Id, 6, Start), expectedHeartbeats: 2))).Verdict);
        Assert.Equal(CommitVerdict.Committed, (await Store.CommitAsync(Beating(head, Beat(head.Id, 6, Start), expectedHeartbeats: 1))).Verdict);
        Assert.Equal((2, 6), (await Store.LoadAsync("run"))!.Progress is var progress ? (progress.Heartbeats, progress.CurrentStep) : default);
    }

    [Fact]
    public async Task A_heartbeat_that_is_not_accepted_takes_its_change_with_it()
    {
        var head = await Store.StoreAsync(Creation(Head("run")));
        var beaten = await Store.CommitAsync(Beating(head, Beat(head.Id, 5, Start)));
        var end = (await Store.ReadFeedAsync(null)).Next;

        var result = await Store.CommitAsync(Full(head) with { Heartbeat = Beat(head.Id, 4, Start) });

        Assert.Equal(CommitVerdict.Conflict, result.Verdict);
        await AssertNothingOfItAsync(head, end, beaten.Progress);
    }

    [Fact]
    public async Task A_conflict_brings_the_run_as_it_stands_with_its_live_commands()
    {
        var head = await Store.StoreAsync(Creation(Head("run")));
        Command[] commands = [Command(head.Id, 1, CommandStatus.Delivered), Command(head.Id, 2, CommandStatus.Applied), Command(head.Id, 3)];
        var changed = await Store.StoreAsync(Changing(head, with: change => change with { Commands = commands }));
        var beaten = await Store.CommitAsync(Beating(changed, Beat(head.Id, 5, Start, beat: 2)));

        Same.As(new RunView(changed, beaten.Progress!, [commands[0], commands[2]]), (await Store.CommitAsync(Changing(head))).Current);
    }

    [Fact]
    public async Task A_change_stores_everything_in_it()
    {
        var head = await Store.StoreAsync(Creation(Head("run")));
        var end = (await Store.ReadFeedAsync(null)).Next;
        var write = Full(head);
        var change = write.Change!;

        var result = await Store.CommitAsync(write);

        Assert.Equal(CommitVerdict.Committed, result.Verdict);
        Same.As(change.Progress, result.Progress);
        Same.As(
            new RunView(change.Head, change.Progress!, change.Commands) { Command = change.Commands[0], Idempotency = change.Idempotency },
            await Store.LoadAsync("run", command: "c1", key: "key"));
        Same.As(change.Transitions, await Store.ReadTransitionsAsync(head.Id, 0, 9, CancellationToken.None));
        Same.As(change.Commands, await Store.ReadCommandsAsync(head.Id, 0, 9, CancellationToken.None));
        Same.As(change.Events, await Store.ReadEventsAsync(head.Id, 0, 9, CancellationToken.None));
        Same.As(change.Events, (await Store.ReadFeedAsync(end)).Items.Select(item => item.Event));
        Same.As(new[] { change.Audit }, await Store.ReadAuditAsync(head.Id, 0, 9, CancellationToken.None));
        Assert.Equal(head.Id, await Store.FindByKeyAsync("key", CancellationToken.None));
    }

    [Fact]
    public async Task A_change_leaves_what_it_does_not_name()
    {
        var manifest = new RunManifest(System.Text.Json.JsonElement.Parse("""{"image":"a"}"""u8), RunManifest.Empty.Overrides);
        var head = await Store.StoreAsync(Creation(Head("run"), manifest, key: "first"));
        await Store.CommitAsync(Full(head));
        var before = (await Store.LoadAsync("run", manifest: true, command: "c1", key: "first"))!;

        var after = await Store.StoreAsync(Changing(before.Head, h => h with { Attempt = 7 }));

        Same.As(before with { Head = after }, await Store.LoadAsync("run", manifest: true, command: "c1", key: "first"));
        Same.As(manifest, before.Manifest);
    }

    [Fact]
    public async Task Every_member_of_a_head_can_change()
    {
        var full = Samples.FullHead("run");
        var bare = Head("run") with
        {
            ExperimentId = full.ExperimentId,
            VersionId = full.VersionId,
            Labels = full.Labels,
            Requires = full.Requires,
            CreatedBy = full.CreatedBy,
            CreatedAt = full.CreatedAt,
            Fingerprint = full.Fingerprint,
        };
        await Store.StoreAsync(Creation(bare));
        full = await Store.StoreAsync(Changing(bare, _ => full));
        Same.As(full, (await Store.LoadAsync("run"))!.Head);

        bare = await Store.StoreAsync(Changing(full, _ => bare));
        Same.As(bare, (await Store.LoadAsync("run"))!.Head);
    }

    private static RunWrite Full(RunHead head) => Changing(head, h => h with { State = RunState.Failed }, change => change with
    {
        Progress = new RunProgress { CurrentStep = 9, Heartbeats = 4, StatusMessage = "so" },
        Transitions = [Step(2), Step(3, RunState.Running, RunState.Failed)],
        Commands = [Command(head.Id, 1)],
        Events =
        [
            new RunEvent(1, EventType.CommandQueued, Start, head.Id, 1, new CommandData(Command(head.Id, 1))),
            new RunEvent(2, EventType.RunHeartbeatRefused, Start, head.Id, 1, new HeartbeatRefusedData(RefusalCode.RunEnded)),
        ],
        Audit = Entry(1),
        Idempotency = new IdempotencyRecord("key", "hash", CommandId.Parse("c1")),
    });

    private async Task AssertNothingOfItAsync(RunHead head, string end, RunProgress? progress = null)
    {
        Same.As(new RunView(head, progress ?? RunProgress.None, []), await Store.LoadAsync("run", command: "c1", key: "key"));
        Assert.Empty(await Store.ReadTransitionsAsync(head.Id, 0, 9, CancellationToken.None));
        Assert.Empty(await Store.ReadCommandsAsync(head.Id, 0, 9, CancellationToken.None));
        Assert.Empty(await Store.ReadEventsAsync(head.Id, 0, 9, CancellationToken.None));
        Assert.Empty(await Store.ReadAuditAsync(head.Id, 0, 9, CancellationToken.None));
        Assert.Empty((await Store.ReadFeedAsync(end)).Items);
        Assert.Null(await Store.FindByKeyAsync("key", CancellationToken.None));
    }
}
