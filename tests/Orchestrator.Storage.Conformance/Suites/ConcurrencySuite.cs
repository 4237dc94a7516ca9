using System.Collections.Concurrent;

namespace Orchestrator.Storage.Conformance;

/// <summary>A store is safe for concurrent use, also by several hosts: each race has one winner, and nobody sees half of anything.</summary>
public abstract class ConcurrencySuite(IStoreFactory stores) : StoreSuite(stores)
{
    private const int Hosts = 4;
    private const int Callers = 8;

    [Fact]
    public async Task Of_many_who_change_a_run_at_one_revision_exactly_one_wins()
    {
        const int rounds = 25;
        var hosts = await OpenAsync(Hosts);
        var head = await Store.StoreAsync(Creation(Head("run")));
        for (var round = 0; round < rounds; round++)
        {
            var writes = Enumerable.Range(0, Callers)
                .Select(caller => Changing(head, h => h with { Attempt = caller }, change => change with { Transitions = [Step(head.Revision)] }).Telling(head.Revision))
                .ToArray();
            var results = await AtOnceAsync(Callers, caller => hosts[caller % Hosts].CommitAsync(writes[caller]));

            var won = Assert.Single(results.Index(), result => result.Item.Verdict == CommitVerdict.Committed).Index;
            head = writes[won].Change!.Head;
            Assert.All(results.Where((_, caller) => caller != won), result => Assert.Equal(CommitVerdict.Conflict, result.Verdict));
            Assert.All(results.Where((_, caller) => caller != won), result => Same.As(head, result.Current!.Head));
            Same.As(head, (await Store.LoadAsync("run"))!.Head);
        }

        Assert.Equal(rounds, (await Store.ReadTransitionsAsync(head.Id, 0, 99, CancellationToken.None)).Count);
        Assert.Equal(rounds, (await Store.ReadWholeFeedAsync()).Count);
    }

    [Fact]
    public async Task Of_many_who_create_a_run_exactly_one_does()
    {
        var hosts = await OpenAsync(Hosts);
        for (var round = 0; round < 25; round++)
        {
            var results = await AtOnceAsync(Callers, caller => hosts[caller % Hosts].CommitAsync(Creation(Head($"run-{round}", caller)).Telling(1)));

            var won = Assert.Single(results.Index(), result => result.Item.Verdict == CommitVerdict.Committed).Index;
            Assert.All(
                results.Where((_, caller) => caller != won),
                result => Assert.Equal((CommitVerdict.Conflict, won), (result.Verdict, result.Current?.Head.Priority)));
            Assert.Single(await Store.ReadEventsAsync(Id($"run-{round}"), 0, 9, CancellationToken.None));
        }
    }

    [Fact]
    public async Task Of_many_who_use_one_idempotency_key_for_different_runs_exactly_one_does()
    {
        var hosts = await OpenAsync(Hosts);
        for (var round = 0; round < 25; round++)
        {
            var results = await AtOnceAsync(Callers, async caller =>
            {
                var result = await hosts[caller % Hosts].CommitAsync(Creation(Head($"run-{round}-{caller}"), key: $"key-{round}").Telling(1));
                return (result.Verdict, Found: await hosts[caller % Hosts].FindByKeyAsync($"key-{round}", CancellationToken.None));
            });

            var won = Assert.Single(results.Index(), result => result.Item.Verdict == CommitVerdict.Committed).Index;
            Assert.Equal(Callers - 1, results.Count(result => result.Verdict == CommitVerdict.Duplicate));
            Assert.All(results, result => Assert.Equal(Id($"run-{round}-{won}"), result.Found));
            Assert.Equal(round + 1, (await Store.CountAsync(CancellationToken.None)).Sum(count => count.Count));
        }
    }

    [Fact]
    public async Task Claimers_at_once_take_each_queued_run_exactly_once_and_the_urgent_ones_first()
    {
        const int runs = 60;
        var hosts = await OpenAsync(Hosts);
        await Store.StoreAsync(Enumerable.Range(0, runs).Select(n => Creation(Head($"run-{n}", n % 3))));

        var taken = await AtOnceAsync(Callers, async caller =>
        {
            var store = hosts[caller % Hosts];
            var mine = new List<RunHead>();
            while ((await store.FindQueuedAsync(1)) is [var head])
            {
                var claim = Changing(head, h => h with { State = RunState.Provisioning, WorkerId = $"w{caller}" });
                if ((await store.CommitAsync(claim)).Verdict == CommitVerdict.Committed)
                {
                    mine.Add(head);
                }
            }

            return mine;
        });

        Assert.Equal(runs, taken.Sum(mine => mine.Count));
        Assert.Distinct(taken.SelectMany(mine => mine).Select(head => head.Id));
        Assert.All(taken, mine => Assert.Equal(mine.OrderByDescending(head => head.Priority).Select(head => head.Priority), mine.Select(head => head.Priority)));
        foreach (var (caller, mine) in taken.Index())
        {
            Assert.Equal(Names(mine).Order(), Names(await Store.FindHeldAsync($"w{caller}")).Order());
        }
    }

    [Fact]
    public async Task Heartbeats_at_once_are_each_counted_and_never_turn_the_counters_back()
    {
        const int beats = 40;
        var hosts = await OpenAsync(Hosts);
        var head = await Store.StoreAsync(Creation(Head("run")));
        var next = 0;

        var taken = await AtOnceAsync(Callers, async caller =>
        {
            var mine = new List<RunProgress>();
            for (var n = 0; n < beats; n++)
            {
                var step = Interlocked.Increment(ref next);
                var result = await hosts[caller % Hosts].CommitAsync(Beating(head, Beat(head.Id, step, Start, beat: step)));
                if (result.Verdict == CommitVerdict.Committed)
                {
                    Assert.Equal(step, result.Progress!.CurrentStep);
                    mine.Add(result.Progress);
                }
                else
                {
                    Assert.True(result.Current!.Progress.CurrentStep > step);
                }
            }

            return mine;
        });

        var inOrder = taken.SelectMany(mine => mine).OrderBy(progress => progress.Heartbeats).ToList();
        Assert.Equal(Enumerable.Range(1, inOrder.Count), inOrder.Select(progress => (int)progress.Heartbeats));
        Assert.Equal(inOrder.Select(progress => progress.CurrentStep).Order(), inOrder.Select(progress => progress.CurrentStep));
        Same.As(inOrder[^1], (await Store.LoadAsync("run"))!.Progress);
    }

    [Fact]
    public async Task Batches_over_the_same_runs_in_different_orders_are_all_answered()
    {
        const int runs = 24, rounds = 12;
        var hosts = await OpenAsync(Hosts);
        await Store.StoreAsync(Enumerable.Range(0, runs).Select(n => Creation(Head($"run-{n}"))));

        var committed = await AtOnceAsync(Callers, async caller =>
        {
            var (store, random, count) = (hosts[caller % Hosts], new Random(caller), new int[runs]);
            for (var round = 0; round < rounds; round++)
            {
                var order = Enumerable.Range(0, runs).ToArray();
                random.Shuffle(order);
                var views = new RunView?[runs];
                await store.LoadAsync(order.Select(n => new RunLookup(Id($"run-{n}"))).ToArray(), views, CancellationToken.None);
                var results = await store.CommitAsync(
                    [.. views.Select((view, i) => i % 4 == 0 ? Beating(view!.Head, Beat(view.Head.Id, 1, Start)) : Changing(view!.Head).Telling(view.Head.Revision))]);
                for (var i = 0; i < runs; i++)
                {
                    count[order[i]] += i % 4 != 0 && results[i].Verdict == CommitVerdict.Committed ? 1 : 0;
                }
            }

            return count;
        });

        for (var n = 0; n < runs; n++)
        {
            var changes = committed.Sum(count => count[n]);
            Assert.Equal(1 + changes, (await Store.LoadAsync($"run-{n}"))!.Head.Revision);
            var told = await Store.ReadEventsAsync(Id($"run-{n}"), 0, 999, CancellationToken.None);
            Assert.Equal(Enumerable.Range(1, changes), told.Select(happened => (int)happened.Sequence));
        }
    }

    [Fact]
    public async Task Batches_that_use_the_same_idempotency_keys_in_different_orders_are_all_answered()
    {
        const int keys = 16;
        var hosts = await OpenAsync(Hosts);
        for (var round = 0; round < 8; round++)
        {
            var verdicts = await AtOnceAsync(Callers, async caller =>
            {
                var order = Enumerable.Range(0, keys).ToArray();
                new Random(caller).Shuffle(order);
                var results = await hosts[caller % Hosts].CommitAsync(
                    [.. order.Select(key => Creation(Head($"run-{round}-{caller}-{key}"), key: $"key-{round}-{key}"))]);
                return order.Zip(results, (key, result) => (key, result.Verdict)).ToList();
            });

            foreach (var key in verdicts.SelectMany(mine => mine).GroupBy(answer => answer.key))
            {
                Assert.Single(key, answer => answer.Verdict == CommitVerdict.Committed);
                Assert.Equal(Callers - 1, key.Count(answer => answer.Verdict == CommitVerdict.Duplicate));
            }
        }
    }

    [Fact]
    public async Task Whoever_reads_a_run_while_it_changes_sees_it_as_it_stood_at_one_moment()
    {
        const int changes = 150;
        var other = await OpenAnotherAsync();
        var head = await Store.StoreAsync(Creation(Head("run")));
        var writing = Task.Run(async () =>
        {
            for (var n = 1; n <= changes; n++)
            {
                // Head, progress and the one live command tell the same number.
                Command[] commands = n == 1 ? [Command(head.Id, 1)] : [Command(head.Id, n - 1, CommandStatus.Applied), Command(head.Id, n)];
                head = await Store.StoreAsync(Changing(head, with: change => change with { Commands = commands, Progress = new RunProgress { CurrentStep = n } }));
            }
        });

        var reads = await AtOnceAsync(3, async caller =>
        {
            var revisions = new List<long>();
            while (!writing.IsCompleted)
            {
                var view = caller == 0 ? (await other.ListAsync(new RunFilter()))[0] : (await (caller == 1 ? Store : other).LoadAsync("run"))!;
                revisions.Add(view.Head.Revision);
                Assert.Equal((view.Head.Revision - 1, view.Head.Revision - 1), (view.Progress.CurrentStep, view.Live is [var command] ? command.Sequence : 0));
                await Task.Yield();
            }

            return revisions;
        });
        await writing;

        Assert.All(reads, revisions => Assert.Equal(revisions.Order(), revisions));
    }

    [Fact]
    public async Task A_reader_of_the_feed_misses_and_repeats_nothing_however_many_commit_at_once()
    {
        const int changes = 60;
        var hosts = await OpenAsync(Hosts);
        var end = (await Store.ReadFeedAsync(null)).Next;
        var writing = AtOnceAsync(Callers, async caller =>
        {
            var store = hosts[caller % Hosts];
            var head = await store.StoreAsync(Creation(Head($"run-{caller}")).Telling(1, 2));
            for (var sequence = 3; sequence <= changes; sequence += 2)
            {
                if (sequence % 10 == 3)
                {
                    await store.TryWriteNoteAsync($"note-{caller}", "x", sequence / 10, Samples.OfFleet((1_000 * caller) + (sequence / 10)));
                }

                head = await store.StoreAsync(Changing(head).Telling(sequence, sequence + 1));
            }
        });

        var readers = await AtOnceAsync(3, async reader =>
        {
            var seen = new Dictionary<RunId, long>();
            var fleet = new List<long>();
            var store = hosts[reader % Hosts];
            for (var (after, isOver) = (reader == 0 ? end : EventSubscription.Start, false); !isOver;)
            {
                var wasOver = writing.IsCompleted;
                var page = await store.ReadFeedAsync(after, limit: 1 + (10 * reader));
                foreach (var told in page.Items.Select(item => item.Event))
                {
                    if (told.RunId.IsDefault)
                    {
                        fleet.Add(told.Sequence);
                    }
                    else
                    {
                        Assert.Equal(seen.GetValueOrDefault(told.RunId) + 1, told.Sequence);
                        seen[told.RunId] = told.Sequence;
                    }
                }

                (after, isOver) = (page.Next, wasOver && page.Items.Count == 0);
                await Task.Yield();
            }

            return (seen, fleet);
        });
        await writing;

        Assert.All(readers, reader =>
        {
            Assert.Equal(Callers, reader.seen.Count);
            Assert.All(reader.seen.Values, last => Assert.Equal(changes, last));
            Assert.Distinct(reader.fleet);
            Assert.Equal(Callers * 6, reader.fleet.Count);
        });
    }

    [Fact]
    public async Task Of_many_who_write_a_note_at_one_version_exactly_one_succeeds()
    {
        const int rounds = 25;
        var hosts = await OpenAsync(Hosts);
        for (var version = 0; version < rounds; version++)
        {
            var written = await AtOnceAsync(
                Callers, caller => hosts[caller % Hosts].TryWriteNoteAsync("n", $"{caller}", version, Samples.OfFleet(version)).AsTask());

            var won = Assert.Single(written.Index(), answer => answer.Item).Index;
            Assert.Equal(new Note("n", $"{won}", version + 1), await Store.ReadNoteAsync("n", CancellationToken.None));
        }

        Assert.Equal(Enumerable.Range(0, rounds), (await Store.ReadWholeFeedAsync()).Select(told => (int)told.Sequence));
    }

    [Fact]
    public async Task Whoever_pages_while_runs_are_created_and_move_sees_each_of_before_once()
    {
        const int before = 40, meanwhile = 40;
        var other = await OpenAnotherAsync();
        await Store.StoreAsync(Enumerable.Range(0, before).Select(n => Creation(Head($"old-{n}") with { DueAt = Start })));
        var writing = Task.Run(async () =>
        {
            for (var n = 0; n < meanwhile; n++)
            {
                await other.StoreAsync(Creation(Head($"new-{n}") with { DueAt = Start }));
                await other.StoreAsync(Changing(Head($"old-{n}") with { DueAt = Start }, head => head with { State = RunState.Running }));
            }
        });

        do
        {
            var listed = Names((await Store.ListAsync(new RunFilter(), limit: 3)).Select(view => view.Head)).ToList();
            Assert.Distinct(listed);
            Assert.Equal(
                Enumerable.Range(0, before).Select(n => $"old-{n}").Reverse(), listed.Where(name => name.StartsWith("old", StringComparison.Ordinal)));
            var due = Names((await Store.FindDueAsync(Start, limit: 3)).Select(view => view.Head)).ToList();
            Assert.Distinct(due);
            Assert.Equal(before, due.Count(name => name.StartsWith("old", StringComparison.Ordinal)));
        }
        while (!writing.IsCompleted);
        await writing;
    }

    [Fact]
    public async Task Hosts_that_drop_runs_at_once_drop_each_once()
    {
        const int ended = 60;
        var hosts = await OpenAsync(Hosts);
        await Store.StoreAsync(Enumerable.Range(0, ended).Select(n => Creation(Head($"run-{n}").Ended(Start.AddSeconds(n)), key: $"key-{n}").Telling(1)));
        await Store.StoreAsync(Creation(Head("alive")).Telling(1));

        var dropped = await AtOnceAsync(Hosts, async host =>
        {
            var mine = 0;
            while (await hosts[host].PurgeAsync(Start.AddHours(1), 7, CancellationToken.None) is > 0 and var count)
            {
                Assert.InRange(count, 1, 7);
                mine += count;
            }

            return mine;
        });

        Assert.Equal(ended, dropped.Sum());
        Assert.Equal(["alive"], Names((await Store.ListAsync(new RunFilter())).Select(view => view.Head)));
        Assert.Equal([Id("alive")], (await Store.ReadWholeFeedAsync()).Select(told => told.RunId));
    }

    [Fact]
    public async Task A_run_that_is_dropped_while_it_is_written_to_is_dropped_whole()
    {
        const int runs = 40;
        var other = await OpenAnotherAsync();
        var verdicts = new ConcurrentDictionary<int, CommitVerdict>();
        await Store.StoreAsync(Enumerable.Range(0, runs).Select(n => Creation(Head($"run-{n}").Ended(Start))));

        await AtOnceAsync(2, async caller =>
        {
            for (var n = 0; n < runs; n++)
            {
                if (caller == 0)
                {
                    Assert.Equal(1, await Store.PurgeAsync(Start.AddHours(1), 1, CancellationToken.None));
                }
                else
                {
                    var write = Changing(Head($"run-{n}").Ended(Start), with: change => change.Keyed($"key-{n}") with { Commands = [Command(change.Head.Id, 1)] });
                    verdicts[n] = (await other.CommitAsync(write.Telling(1))).Verdict;
                }
            }
        });

        Assert.All(verdicts.Values, verdict => Assert.NotEqual(CommitVerdict.Duplicate, verdict));
        Assert.Empty(await Store.ListAsync(new RunFilter()));
        Assert.Empty(await Store.ReadWholeFeedAsync());
        for (var n = 0; n < runs; n++)
        {
            Assert.Null(await Store.FindByKeyAsync($"key-{n}", CancellationToken.None));
            Assert.Empty(await Store.ReadCommandsAsync(Id($"run-{n}"), 0, 9, CancellationToken.None));
        }
    }
}
