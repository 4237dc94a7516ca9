using System.Collections.Concurrent;
using System.Threading.Channels;

namespace Orchestrator.Storage.Conformance;

/// <summary>
/// Whoever subscribes hears of changes (<see cref="IRunStore.Subscribe"/>). A hint may be lost, repeated or merged, so each test makes changes until
/// one is heard.
/// </summary>
public abstract class HintSuite(IStoreFactory stores) : StoreSuite(stores)
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(2);

    [Fact]
    public async Task A_change_of_this_host_is_heard_of() => await HearAsync(Store, Store);

    [Fact]
    public async Task A_change_of_another_host_is_heard_of() => await HearAsync(Store, await OpenAnotherAsync());

    [Fact]
    public async Task An_event_of_the_fleet_is_heard_of_as_no_run()
    {
        var ears = new Ears();
        using var subscription = Store.Subscribe(ears.Hear);
        var version = 0;

        await ears.WaitAsync(default, async () => Assert.True(await Store.TryWriteNoteAsync("n", "x", version, Samples.OfFleet(++version))));

        Assert.Contains((default(RunId), default(RunState)), ears.Heard);
    }

    [Fact]
    public async Task A_change_can_be_read_when_it_is_heard_of()
    {
        var reads = new ConcurrentQueue<Task<RunView?>>();
        var ears = new Ears { Told = run => reads.Enqueue(Task.Run(() => Store.LoadAsync(run.Value))) };
        using var subscription = Store.Subscribe(ears.Hear);

        await ears.WaitAsync(Id("run"), () => ChangeAsync(Store, "run"));

        Assert.NotNull(await reads.First());
    }

    [Fact]
    public async Task A_plain_heartbeat_is_not_told()
    {
        var beaten = await Store.StoreAsync(Creation(Head("beaten")));
        var ears = new Ears();
        using var subscription = Store.Subscribe(ears.Hear);
        await ears.WaitAsync(Id("before"), () => ChangeAsync(Store, "before"));
        ears.Heard.Clear();
        for (var step = 1; step <= 50; step++)
        {
            Assert.Equal(CommitVerdict.Committed, (await Store.CommitAsync(Beating(beaten, Beat(beaten.Id, step, Start)))).Verdict);
        }

        await ears.WaitAsync(Id("after"), () => ChangeAsync(Store, "after"));

        Assert.DoesNotContain(beaten.Id, ears.Heard.Select(hint => hint.Run));
    }

    [Fact]
    public async Task Who_unsubscribed_hears_no_more_and_the_others_do()
    {
        var (gone, stays) = (new Ears(), new Ears());
        var subscription = Store.Subscribe(gone.Hear);
        using var other = Store.Subscribe(stays.Hear);
        await gone.WaitAsync(Id("one"), () => ChangeAsync(Store, "one"));

        subscription.Dispose();
        subscription.Dispose();
        await stays.WaitAsync(Id("two"), () => ChangeAsync(Store, "two"));

        Assert.DoesNotContain(Id("two"), gone.Heard.Select(hint => hint.Run));
    }

    private static async Task HearAsync(IRunStore listener, IRunStore writer)
    {
        var ears = new Ears();
        using var subscription = listener.Subscribe(ears.Hear);

        await ears.WaitAsync(Id("run"), () => ChangeAsync(writer, "run"));

        Assert.Contains((Id("run"), RunState.Paused), ears.Heard);
    }

    private static async Task ChangeAsync(IRunStore store, string id)
    {
        var head = (await store.LoadAsync(id))?.Head;
        await store.StoreAsync((head is null ? Creation(Head(id) with { State = RunState.Paused }) : Changing(head)).Telling((head?.Revision ?? 0) + 1));
    }

    private sealed class Ears
    {
        private readonly Channel<(RunId Run, RunState State)> _hints = Channel.CreateUnbounded<(RunId Run, RunState State)>();

        /// <summary>The hints that were waited for, and those before them.</summary>
        public List<(RunId Run, RunState State)> Heard { get; } = [];

        public Action<RunId>? Told { get; init; }

        public void Hear(RunId run, RunState state)
        {
            Told?.Invoke(run);
            _hints.Writer.TryWrite((run, state));
        }

        /// <summary>Makes changes until a hint at this run is heard.</summary>
        public async Task WaitAsync(RunId run, Func<Task> change)
        {
            for (var tries = 0; tries < 15; tries++)
            {
                await change();
                while (await HearsSoonAsync())
                {
                    while (_hints.Reader.TryRead(out var hint))
                    {
                        Heard.Add(hint);
                    }

                    if (Heard.Any(hint => hint.Run == run))
                    {
                        return;
                    }
                }
            }

            Assert.Fail($"no hint at '{run}' was heard");
        }

        private async Task<bool> HearsSoonAsync()
        {
            Task hears = _hints.Reader.WaitToReadAsync().AsTask();
            await hears.WaitAsync(Soon).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            return hears.IsCompleted;
        }
    }
}
