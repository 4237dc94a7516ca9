namespace Orchestrator.Storage.Conformance;

/// <summary>A run is due when <see cref="RunHead.NextDue"/> has come (<see cref="IRunStore.FindDueAsync"/>).</summary>
public abstract class DueSuite(IStoreFactory stores) : StoreSuite(stores)
{
    [Fact]
    public async Task Due_runs_are_those_whose_moment_has_come()
    {
        foreach (var (id, seconds) in new[] { ("d", 1), ("b", 2), ("c", 2), ("a", 3), ("late", 5) })
        {
            await Store.StoreAsync(Creation(Head(id) with { DueAt = Start.AddSeconds(seconds) }));
        }

        await Store.StoreAsync(Creation(Head("never")));

        Assert.Empty(await NamesAsync(Start));
        Assert.Empty(await NamesAsync(Start.AddSeconds(1).AddMicroseconds(-1)));
        Assert.Equal(["d"], await NamesAsync(Start.AddSeconds(1)));
        Assert.Equal(["a", "b", "c", "d"], await NamesAsync(Start.AddSeconds(3)));
        Assert.Equal(["a", "b", "c", "d", "late"], await NamesAsync(Start.AddYears(10)));
    }

    [Fact]
    public async Task Due_runs_that_stay_as_they_are_come_each_once_while_somebody_pages_and_again_at_the_next_look()
    {
        await Store.StoreAsync(Enumerable.Range(0, 23).Select(n => Creation(Head($"r{n}") with { DueAt = Start.AddSeconds(n % 4) })));

        foreach (var limit in new[] { 1, 2, 7, 22, 23, 24, 7 })
        {
            var due = (await Store.FindDueAsync(Start.AddSeconds(2), limit)).Select(view => view.Head.Id).ToList();
            Assert.Distinct(due);
            Assert.Equal(18, due.Count);
        }
    }

    [Fact]
    public async Task Due_runs_that_are_settled_while_somebody_pages_keep_none_of_the_others_back()
    {
        const int count = 20;
        await Store.StoreAsync(Enumerable.Range(0, count).Select(n => Creation(Head($"r{n}") with { DueAt = Start.AddSeconds(n % 3) })));
        var seen = new List<string>();
        string? cursor = null;
        do
        {
            var page = await Store.FindDueAsync(Start.AddSeconds(5), 3, cursor, CancellationToken.None);
            seen.AddRange(Names(page.Items.Select(view => view.Head)));
            Assert.Distinct(seen);
            await Store.StoreAsync(page.Items.Select((view, n) => Changing(view.Head, head => head with { DueAt = n == 0 ? null : Start.AddHours(1) })));
            cursor = page.Next;
        }
        while (cursor is not null);

        Assert.Equal(Enumerable.Range(0, count).Select(n => $"r{n}").Order(), seen.Order());
        Assert.Empty(await NamesAsync(Start.AddSeconds(5)));
    }

    [Fact]
    public async Task A_due_run_that_changes_while_somebody_pages_and_stays_due_is_not_passed_over()
    {
        var heads = Enumerable.Range(0, 6).Select(n => Head($"r{n}") with { DueAt = Start.AddSeconds(n % 2) }).ToArray();
        await Store.StoreAsync(heads.Select(head => Creation(head)));
        var first = await Store.FindDueAsync(Start.AddSeconds(5), 2, null, CancellationToken.None);
        await Store.StoreAsync(heads.Select(head => Changing(head, h => h with { State = RunState.Running, DueAt = Start.AddSeconds(2) })));

        var seen = first.Items.Select(view => view.Head.Id).ToList();
        for (var cursor = first.Next; cursor is not null;)
        {
            var page = await Store.FindDueAsync(Start.AddSeconds(5), 2, cursor, CancellationToken.None);
            seen.AddRange(page.Items.Select(view => view.Head.Id));
            Assert.Distinct(seen);
            cursor = page.Next;
        }

        Assert.Equal(heads.Select(head => head.Id.Value), seen.Select(run => run.Value).Order());
    }

    [Fact]
    public async Task A_run_moves_with_its_due_time()
    {
        var d = await Store.StoreAsync(Creation(Head("d") with { DueAt = Start.AddSeconds(1) }));
        var b = await Store.StoreAsync(Creation(Head("b") with { DueAt = Start.AddSeconds(2) }));
        await Store.StoreAsync(Creation(Head("c") with { DueAt = Start.AddSeconds(2) }));
        Assert.Equal(["b", "c", "d"], await NamesAsync(Start.AddSeconds(3)));

        d = await Store.StoreAsync(Changing(d, head => head with { DueAt = Start.AddHours(1) }));
        await Store.StoreAsync(Changing(b, head => head with { DueAt = null }));
        Assert.Equal(["c"], await NamesAsync(Start.AddSeconds(3)));
        Assert.Equal(["c", "d"], await NamesAsync(Start.AddHours(1)));

        await Store.StoreAsync(Changing(d, head => head with { DueAt = Start.AddSeconds(3) }));
        Assert.Equal(["c", "d"], await NamesAsync(Start.AddSeconds(3)));
    }

    [Fact]
    public async Task Heartbeats_move_on_what_is_due_after_a_silence_or_a_standstill()
    {
        var head = await Store.StoreAsync(Creation(Head("r") with
        {
            LastSignAt = Start,
            DueAfterSilence = TimeSpan.FromSeconds(45),
            DueAfterStandstill = TimeSpan.FromSeconds(60),
        }));

        Assert.Empty(await NamesAsync(Start.AddSeconds(44)));
        Assert.Equal(["r"], await NamesAsync(Start.AddSeconds(45)));

        await Store.CommitAsync(Beating(head, Beat(head.Id, 1, Start.AddSeconds(45))));
        Assert.Empty(await NamesAsync(Start.AddSeconds(89)));
        Assert.Equal(["r"], await NamesAsync(Start.AddSeconds(90)));

        await Store.CommitAsync(Beating(head, Beat(head.Id, 1, Start.AddSeconds(90))));
        Assert.Empty(await NamesAsync(Start.AddSeconds(104)));
        Assert.Equal(["r"], await NamesAsync(Start.AddSeconds(105)));
    }

    [Fact]
    public async Task A_run_that_becomes_due_earlier_is_found_earlier()
    {
        var at = await Store.StoreAsync(Creation(Head("at") with { DueAt = Start.AddHours(1) }));
        var silence = await Store.StoreAsync(Creation(Head("silence") with { LastSignAt = Start }));
        var standstill = await Store.StoreAsync(Creation(Head("standstill") with { LastSignAt = Start, DueAfterSilence = TimeSpan.FromHours(1) }));
        var progress = await Store.StoreAsync(Creation(
            Head("progress") with { DueAfterSilence = TimeSpan.FromHours(1) }, progress: new RunProgress { LastHeartbeatAt = Start.AddHours(1) }));
        Assert.Empty(await NamesAsync(Start.AddMinutes(1)));

        await Store.StoreAsync(Changing(at, head => head with { DueAt = Start.AddSeconds(10) }));
        await Store.StoreAsync(Changing(silence, head => head with { DueAfterSilence = TimeSpan.FromSeconds(20) }));
        await Store.StoreAsync(Changing(standstill, head => head with { DueAfterStandstill = TimeSpan.FromSeconds(30) }));
        await Store.StoreAsync(Changing(progress, with: change => change with { Progress = RunProgress.None }));

        Assert.Empty(await NamesAsync(Start.AddSeconds(9)));
        Assert.Equal(["at"], await NamesAsync(Start.AddSeconds(10)));
        Assert.Equal(["at", "silence", "standstill"], await NamesAsync(Start.AddSeconds(30)));
        Assert.Equal(["at", "progress", "silence", "standstill"], await NamesAsync(Start.AddHours(1)));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Whatever_a_run_waits_for_it_is_due_when_the_port_says_so(int seed)
    {
        const int runs = 80;
        var random = new Random(seed);
        TimeSpan? Span() => random.Next(3) == 0 ? TimeSpan.FromSeconds(random.Next(1, 40)) : null;
        DateTimeOffset? Time(int from, int to) => random.Next(3) == 0 ? Start.AddSeconds(random.Next(from, to)) : null;
        var heads = Enumerable.Range(0, runs)
            .Select(n => Head($"r{n}") with { DueAt = Time(0, 40), DueAfterSilence = Span(), DueAfterStandstill = Span(), LastSignAt = Time(-20, 0) })
            .ToArray();
        var progress = heads.Select(_ => new RunProgress { LastHeartbeatAt = Time(-10, 0), AdvancedAt = Time(-20, -10) }).ToArray();
        await Store.StoreAsync(heads.Zip(progress, (head, stands) => Creation(head, progress: stands)));
        for (var second = 0; second <= 80; second += 8)
        {
            var now = Start.AddSeconds(second);
            foreach (var n in Enumerable.Range(0, runs).Where(_ => random.Next(8) == 0))
            {
                var result = await Store.CommitAsync(Beating(heads[n], Beat(heads[n].Id, random.Next(second + 1), now)));
                progress[n] = result.Progress ?? progress[n];
            }

            Assert.Equal(
                Names(heads.Where((head, n) => head.NextDue(progress[n]) <= now)).Order(StringComparer.Ordinal), await NamesAsync(now, limit: 5));
        }
    }

    [Fact]
    public async Task A_due_run_is_as_it_stands()
    {
        var head = await Store.StoreAsync(Creation(Samples.FullHead("run")));
        head = await (await OpenAnotherAsync()).StoreAsync(
            Changing(head, with: change => change with { Commands = [Command(head.Id, 1)], Progress = Samples.FullProgress }));

        Same.As(new[] { new RunView(head, Samples.FullProgress, [Command(head.Id, 1)]) }, await Store.FindDueAsync(Start.AddYears(2)));
    }

    private async Task<IEnumerable<string>> NamesAsync(DateTimeOffset now, int limit = 2) =>
        Names((await Store.FindDueAsync(now, limit)).Select(view => view.Head)).Order(StringComparer.Ordinal);
}
