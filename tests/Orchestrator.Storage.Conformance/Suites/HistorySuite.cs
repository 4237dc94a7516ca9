namespace Orchestrator.Storage.Conformance;

/// <summary>What belongs to a run is read by sequence, page by page, as it was written.</summary>
public abstract class HistorySuite(IStoreFactory stores) : StoreSuite(stores)
{
    private const int Rows = 12;

    [Fact]
    public async Task Transitions_are_read_by_sequence_from_after_one() =>
        await CheckAsync(
            change => change with { Transitions = Sequences.Select(n => Step(n)).ToList() },
            (store, run, after, limit) => store.ReadTransitionsAsync(run, after, limit, CancellationToken.None),
            row => row.Sequence);

    [Fact]
    public async Task Commands_are_read_by_sequence_from_after_one() =>
        await CheckAsync(
            change => change with { Commands = Sequences.Reverse().Select(n => Command(change.Head.Id, n, (CommandStatus)(1 + (n % 6)))).ToList() },
            (store, run, after, limit) => store.ReadCommandsAsync(run, after, limit, CancellationToken.None),
            row => row.Sequence);

    [Fact]
    public async Task Events_are_read_by_sequence_from_after_one() =>
        await CheckAsync(
            change => new RunWrite(change.Head.Id, 0, null, change, null).Telling([.. Sequences]).Change!,
            (store, run, after, limit) => store.ReadEventsAsync(run, after, limit, CancellationToken.None),
            row => row.Sequence);

    [Fact]
    public async Task Audit_entries_are_read_by_sequence_from_after_one()
    {
        var head = await Store.StoreAsync(Creation(Head("run")));
        await Store.StoreAsync(Creation(Head("other")));
        foreach (var n in Sequences)
        {
            head = await Store.StoreAsync(Changing(head, with: change => change with { Audit = Entry(n) }));
        }

        await CheckAsync((store, run, after, limit) => store.ReadAuditAsync(run, after, limit, CancellationToken.None), row => row.Sequence);
    }

    [Fact]
    public async Task What_is_added_by_one_change_after_the_other_is_read_as_one()
    {
        var head = await Store.StoreAsync(Creation(Head("run")));
        foreach (var n in Sequences)
        {
            head = await Store.StoreAsync(Changing(head, with: change => change with
            {
                Transitions = [Step((2 * n) - 1), Step(2 * n)],
                Commands = [Command(head.Id, n)],
            }).Telling((2 * n) - 1, 2 * n));
        }

        var other = await OpenAnotherAsync();
        long[] twice = [.. Enumerable.Range(1, 2 * Rows)];
        Assert.Equal(twice, (await other.ReadTransitionsAsync(head.Id, 0, 99, CancellationToken.None)).Select(row => row.Sequence));
        Assert.Equal(twice, (await other.ReadEventsAsync(head.Id, 0, 99, CancellationToken.None)).Select(row => row.Sequence));
        Assert.Equal(Sequences, (await other.ReadCommandsAsync(head.Id, 0, 99, CancellationToken.None)).Select(row => row.Sequence));
    }

    private static IEnumerable<long> Sequences => Enumerable.Range(1, Rows).Select(n => (long)n);

    private async Task CheckAsync<T>(
        Func<RunChange, RunChange> with, Func<IRunStore, RunId, long, int, ValueTask<IReadOnlyList<T>>> read, Func<T, long> sequence)
    {
        var head = await Store.StoreAsync(Creation(Head("run")));
        await Store.StoreAsync(Creation(Head("other")));
        await Store.StoreAsync(Changing(head, with: with));
        await CheckAsync(read, sequence);
    }

    private async Task CheckAsync<T>(Func<IRunStore, RunId, long, int, ValueTask<IReadOnlyList<T>>> read, Func<T, long> sequence)
    {
        foreach (var store in new[] { Store, await OpenAnotherAsync() })
        {
            foreach (var (after, limit) in new[] { (0, Rows), (0, 1), (0, int.MaxValue), (3, 2), (Rows - 1, 5), (Rows, 5), (Rows + 1, 5) })
            {
                Assert.Equal(Sequences.Skip(after).Take(limit), (await read(store, Id("run"), after, limit)).Select(sequence));
            }

            Assert.Empty(await read(store, Id("other"), 0, 9));
            Assert.Empty(await read(store, Id("none"), 0, 9));
        }
    }
}
