namespace Orchestrator.Storage.Conformance;

/// <summary>Runs that ended are dropped with all that belongs to them (<see cref="IRunStore.PurgeAsync"/>).</summary>
public abstract class PurgeSuite(IStoreFactory stores) : StoreSuite(stores)
{
    [Fact]
    public async Task Those_that_ended_first_are_dropped_first_and_never_more_than_may_be()
    {
        await Store.StoreAsync(new[] { "c", "a", "b", "d", "alive" }.Select(id => Creation(Head(id))));
        foreach (var (id, hours) in new[] { ("a", 1), ("b", 2), ("c", 3), ("d", 4) })
        {
            await Store.StoreAsync(Changing(Head(id), head => head.Ended(Start.AddHours(hours))));
        }

        Assert.Equal(0, await Store.PurgeAsync(Start.AddHours(1), 9, CancellationToken.None));
        Assert.Equal(1, await Store.PurgeAsync(Start.AddHours(4), 1, CancellationToken.None));
        Assert.Equal(["d", "c", "b", "alive"], (await NamesAsync()).Order().Reverse());
        Assert.Equal(2, await Store.PurgeAsync(Start.AddHours(4), 2, CancellationToken.None));
        Assert.Equal(["alive", "d"], (await NamesAsync()).Order());
        Assert.Equal(0, await Store.PurgeAsync(Start.AddHours(4), 9, CancellationToken.None));
        Assert.Equal(1, await Store.PurgeAsync(Start.AddHours(4).AddMicroseconds(1), 9, CancellationToken.None));
        Assert.Equal(["alive"], await NamesAsync());
    }

    [Fact]
    public async Task Runs_that_are_told_out_of_turn_to_have_ended_are_dropped_by_when_they_ended()
    {
        foreach (var (id, hours) in new[] { ("late", 3), ("early", 1), ("middle", 2) })
        {
            await Store.StoreAsync(Creation(Head(id).Ended(Start.AddHours(hours))));
        }

        Assert.Equal(1, await Store.PurgeAsync(Start.AddHours(2), 9, CancellationToken.None));
        Assert.Equal(["middle", "late"], await NamesAsync());
        Assert.Equal(1, await Store.PurgeAsync(Start.AddHours(9), 1, CancellationToken.None));
        Assert.Equal(["late"], await NamesAsync());
    }

    [Fact]
    public async Task A_run_that_lives_is_never_dropped()
    {
        await Store.StoreAsync(Enum.GetValues<RunState>().Select(state => Creation(Head($"{state}") with
        {
            State = state,
            Ending = state.IsTerminal() ? new RunEnding(EndReason.Failed, Start) : null,
        })));

        Assert.Equal(3, await Store.PurgeAsync(Start.AddYears(10), 99, CancellationToken.None));
        Assert.Equal(
            Enum.GetValues<RunState>().Where(state => !state.IsTerminal()).Select(state => $"{state}").Order(), (await NamesAsync()).Order());
    }

    [Fact]
    public async Task A_run_is_dropped_with_all_that_belongs_to_it()
    {
        await StoreFullAsync("run", "key", Start);
        await StoreFullAsync("stays", "other", Start.AddHours(5));

        Assert.Equal(1, await Store.PurgeAsync(Start.AddHours(1), 9, CancellationToken.None));

        foreach (var store in new[] { Store, await OpenAnotherAsync() })
        {
            Assert.Null(await store.LoadAsync("run"));
            Assert.Null(await store.FindByKeyAsync("key", CancellationToken.None));
            Assert.Empty(await store.ReadTransitionsAsync(Id("run"), 0, 9, CancellationToken.None));
            Assert.Empty(await store.ReadCommandsAsync(Id("run"), 0, 9, CancellationToken.None));
            Assert.Empty(await store.ReadEventsAsync(Id("run"), 0, 9, CancellationToken.None));
            Assert.Empty(await store.ReadAuditAsync(Id("run"), 0, 9, CancellationToken.None));
            Assert.Equal(["stays"], (await store.ReadWholeFeedAsync()).Select(told => told.RunId.Value));
            Assert.Equal(1, (await store.CountAsync(CancellationToken.None)).Sum(count => count.Count));
            Assert.Equal(["stays"], Names((await store.ListAsync(new RunFilter())).Select(view => view.Head)));
            Assert.Equal(["stays"], Names((await store.FindDueAsync(Start.AddYears(1))).Select(view => view.Head)));
            Assert.Single(await store.ReadTransitionsAsync(Id("stays"), 0, 9, CancellationToken.None));
            Assert.Single(await store.ReadAuditAsync(Id("stays"), 0, 9, CancellationToken.None));
        }
    }

    [Fact]
    public async Task The_id_and_the_keys_of_a_run_that_was_dropped_are_free_again()
    {
        var old = await StoreFullAsync("run", "key", Start);
        Assert.Equal(1, await Store.PurgeAsync(Start.AddHours(1), 9, CancellationToken.None));
        Assert.Equal(new CommitResult(CommitVerdict.Conflict, null, null), await Store.CommitAsync(Changing(old)));

        var head = await Store.StoreAsync(Creation(Head("run"), key: "key").Telling(1));

        Same.As(new RunView(head, RunProgress.None, []), await Store.LoadAsync("run", command: "c1"));
        Assert.Equal(head.Id, await Store.FindByKeyAsync("key", CancellationToken.None));
        Assert.Empty(await Store.ReadTransitionsAsync(head.Id, 0, 9, CancellationToken.None));
        Assert.Single(await Store.ReadWholeFeedAsync());
    }

    [Fact]
    public async Task Hosts_that_drop_runs_at_once_drop_none_that_was_created_again_nor_free_its_key()
    {
        const int purgers = 3, owners = 8, generations = 12;
        var hosts = await OpenAsync(purgers);
        var passes = new int[purgers];
        var isOver = 0;
        var purging = AtOnceAsync(purgers, async host =>
        {
            while (Volatile.Read(ref isOver) < owners)
            {
                await hosts[host].PurgeAsync(Start.AddHours(1), 50, CancellationToken.None);
                Interlocked.Increment(ref passes[host]);
            }
        });

        var lost = await AtOnceAsync(owners, async owner =>
        {
            try
            {
                return await EndAndCreateAgainAsync($"run-{owner}", $"key-{owner}");
            }
            finally
            {
                Interlocked.Increment(ref isOver);
            }
        });
        await purging;

        Assert.All(lost, Assert.Null);

        async Task<string?> EndAndCreateAgainAsync(string id, string key)
        {
            for (var generation = 1; generation <= generations; generation++)
            {
                var head = Head(id);
                while ((await Store.CommitAsync(Creation(head, key: key).Telling(1))).Verdict != CommitVerdict.Committed)
                {
                    // The run before is still there.
                }

                // A host that found the run before has come to an end with it by then.
                var before = passes.ToArray();
                while (!passes.Zip(before, (now, then) => now >= then + 2).All(isPast => isPast))
                {
                    await Task.Yield();
                }

                var kept = (await Store.LoadAsync(id))?.Head.CommitId == head.CommitId;
                var holder = await Store.FindByKeyAsync(key, CancellationToken.None);
                var events = await Store.ReadEventsAsync(head.Id, 0, 9, CancellationToken.None);
                if (!kept || holder != head.Id || events.Count != 1)
                {
                    return $"generation {generation}: there {kept}, key {holder}, events {events.Count}";
                }

                await Store.StoreAsync(Changing(head, h => h.Ended(Start)));
            }

            return null;
        }
    }

    private async Task<RunHead> StoreFullAsync(string id, string key, DateTimeOffset ended)
    {
        var head = await Store.StoreAsync(Creation(Head(id), key: key));
        return await Store.StoreAsync(Changing(head, h => h.Ended(ended) with { DueAt = Start }, change => change with
        {
            Transitions = [Step(2)],
            Commands = [Command(head.Id, 1)],
            Audit = Entry(1),
        }).Telling(1));
    }

    private async Task<IEnumerable<string>> NamesAsync() => Names((await Store.ListAsync(new RunFilter())).Select(view => view.Head));
}
