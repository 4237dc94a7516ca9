using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Orchestrator.Core.Tests.Hosting;
using Orchestrator.Core.Tests.Storage;
using Orchestrator.Storage;

namespace Orchestrator.Core.Tests.Events;

/// <summary>Publishers: every durable event at least once and in order per run, whatever happens to them and to the hosts. Contract section 6.</summary>
public sealed class PublisherTests
{
    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task Every_event_that_is_kept_comes_once_and_in_order_also_those_from_before()
    {
        await using var host = new TestHost();
        var publisher = new RecordingPublisher();
        await Lives.LiveAsync(host.Engine, 4, 100, "before");
        await using (new Pump(host, publisher))
        {
            await Lives.LiveAsync(host.Engine, 4, 100, "after");
            await publisher.EndsAsync(8).WaitAsync(TestHost.Patience);
        }

        publisher.CheckOrder(8, 100);
        Assert.Equal(800, publisher.Published.Count);
        Assert.Equal(1, publisher.MostAtOnce);
    }

    [Fact]
    public async Task What_was_published_before_a_stop_does_not_come_again_after_it()
    {
        await using var host = new TestHost();
        await using var next = new TestHost(host.Store, host.Time);
        var publisher = new RecordingPublisher();
        await Lives.LiveAsync(host.Engine, 3, 20, "before");
        await using (new Pump(host, publisher))
        {
            await publisher.EndsAsync(3).WaitAsync(TestHost.Patience);
        }

        await Lives.LiveAsync(host.Engine, 3, 20, "after");
        await using (new Pump(next, publisher))
        {
            await publisher.EndsAsync(6).WaitAsync(TestHost.Patience);
        }

        Assert.Equal(120, publisher.Published.Count);
    }

    [Fact]
    public async Task Invariant_9_however_often_the_owner_dies_and_wherever_nothing_is_lost_or_out_of_order()
    {
        const int runs = 4, events = 150;
        await using var host = new TestHost();
        var publisher = new RecordingPublisher();
        var random = new Random(7);
        var lives = Lives.LiveAsync(host.Engine, runs, events);
        for (var round = 0; round < 40; round++)
        {
            var store = new InterceptedStore((InMemoryRunStore)host.Store);
            await using var mortal = new TestHost(store, host.Time);
            var calls = random.Next(1, 12);
            var died = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            store.OnRead = () =>
            {
                if (--calls <= 0)
                {
                    died.TrySetResult();
                    throw new StoreUnavailableException("dead");
                }
            };

            await using (new Pump(mortal, publisher))
            {
                await host.PassUntilAsync(died.Task);
            }

            host.Time.Advance(Lease);
        }

        await lives;
        await using (new Pump(host, publisher))
        {
            await publisher.EndsAsync(runs).WaitAsync(TestHost.Patience);
        }

        publisher.CheckOrder(runs, events);
    }

    [Fact]
    public async Task An_owner_that_dies_between_the_publishing_and_its_note_publishes_again()
    {
        await using var host = new TestHost();
        var store = new InterceptedStore((InMemoryRunStore)host.Store);
        await using var mortal = new TestHost(store, host.Time);
        var publisher = new RecordingPublisher();
        await Lives.LiveAsync(host.Engine, "life-0", 5);
        var died = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        publisher.OnPublished = () =>
        {
            store.OnRead = () => throw new StoreUnavailableException("dead");
            died.TrySetResult();
        };
        await using (new Pump(mortal, publisher))
        {
            await died.Task.WaitAsync(TestHost.Patience);
        }

        Assert.Equal(5, publisher.Published.Count);
        host.Time.Advance(Lease);
        var again = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        publisher.OnPublished = again.SetResult;
        await using (new Pump(host, publisher))
        {
            await again.Task.WaitAsync(TestHost.Patience);
        }

        Assert.Equal([1, 2, 3, 4, 5, 1, 2, 3, 4, 5], publisher.Published.Select(told => told.Sequence));
    }

    [Fact]
    public async Task Of_three_hosts_one_at_a_time_publishes()
    {
        await using var one = new TestHost();
        await using var two = new TestHost(one.Store, one.Time);
        await using var three = new TestHost(one.Store, one.Time);
        var publisher = new RecordingPublisher { OnPublish = async (_, _) => await Task.Yield() };
        var pumps = new List<Pump> { new(one, publisher), new(two, publisher), new(three, publisher) };

        for (var round = 0; round < 10; round++)
        {
            await Lives.LiveAsync(one.Engine, 2, 50, $"round-{round}");
            await publisher.EndsAsync(2 * (round + 1)).WaitAsync(TestHost.Patience);
            one.Time.Advance(TimeSpan.FromSeconds(11));
        }

        foreach (var pump in pumps)
        {
            await pump.DisposeAsync();
        }

        publisher.CheckOrder(20, 50);
        Assert.Equal(1, publisher.MostAtOnce);
        Assert.Equal(1_000, publisher.Published.Count);
    }

    [Fact]
    public async Task A_host_without_the_lease_does_not_look_at_it_with_every_event()
    {
        await using var owner = new TestHost();
        var store = new InterceptedStore((InMemoryRunStore)owner.Store);
        await using var other = new TestHost(store, owner.Time);
        var (first, second) = (new RecordingPublisher(), new RecordingPublisher());
        await using var owning = new Pump(owner, first);
        await Lives.LiveAsync(owner.Engine, "a", 3);
        await first.EndsAsync(1).WaitAsync(TestHost.Patience);

        var reads = 0;
        var looked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        store.OnRead = () =>
        {
            // The clock, and the lease.
            if (Interlocked.Increment(ref reads) == 2)
            {
                looked.TrySetResult();
            }
        };
        await using (new Pump(other, second))
        {
            await looked.Task.WaitAsync(TestHost.Patience);
            await Lives.LiveAsync(owner.Engine, "b", 1_000);
            await first.EndsAsync(2).WaitAsync(TestHost.Patience);
        }

        Assert.Equal((2, 0), (reads, second.Published.Count));
    }

    [Fact]
    public async Task When_the_owner_stops_another_goes_on_at_once()
    {
        await using var one = new TestHost();
        await using var other = new TestHost(one.Store, one.Time);
        var (first, second) = (new RecordingPublisher(), new RecordingPublisher());
        await Lives.LiveAsync(one.Engine, "a", 3);
        await using (new Pump(one, first))
        {
            await first.EndsAsync(1).WaitAsync(TestHost.Patience);
        }

        await using var pump = new Pump(other, second);
        await Lives.LiveAsync(one.Engine, "b", 3);
        await second.EndsAsync(1).WaitAsync(TestHost.Patience);

        Assert.All(second.Published, told => Assert.Equal("b", told.RunId.Value));
    }

    [Fact]
    public async Task When_the_owner_hangs_another_goes_on_after_the_lease_and_not_before()
    {
        await using var one = new TestHost();
        await using var other = new TestHost(one.Store, one.Time);
        var hangs = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var released = new TaskCompletionSource();
        var told = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var first = new RecordingPublisher
        {
            OnPublish = async (_, cancellation) =>
            {
                await using var registration = cancellation.Register(() => told.TrySetResult());
                hangs.TrySetResult();
                await released.Task;
            },
        };
        var second = new RecordingPublisher();
        await Lives.LiveAsync(one.Engine, "a", 3);
        await using var hanging = new Pump(one, first);
        await hangs.Task.WaitAsync(TestHost.Patience);
        await using (new Pump(other, second))
        {
            one.Time.Advance(TimeSpan.FromSeconds(25));
            await Lives.LiveAsync(one.Engine, "b", 3);
            Assert.Empty(second.Published);
            await one.PassUntilAsync(second.EndsAsync(2));
        }

        second.CheckOrder(2, 3);
        await told.Task.WaitAsync(TestHost.Patience);
        released.SetResult();
    }

    [Fact]
    public async Task One_that_throws_is_tried_again_with_growing_pauses_and_another_goes_on_undisturbed()
    {
        await using var host = new TestHost();
        var tries = new ConcurrentQueue<DateTimeOffset>();
        var enough = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var faulty = new RecordingPublisher("faulty")
        {
            OnPublish = (_, _) =>
            {
                tries.Enqueue(host.Time.GetUtcNow());
                if (tries.Count > 9)
                {
                    enough.TrySetResult();
                    return Task.CompletedTask;
                }

                throw new InvalidOperationException("the bus is down");
            },
        };
        var sound = new RecordingPublisher("sound");
        await using var first = new Pump(host, faulty);
        await using var second = new Pump(host, sound);
        await Lives.LiveAsync(host.Engine, "a", 3);
        await sound.EndsAsync(1).WaitAsync(TestHost.Patience);
        await host.PassUntilAsync(enough.Task);
        await host.PassUntilAsync(faulty.EndsAsync(1));

        var pauses = tries.Zip(tries.Skip(1), (one, next) => (next - one).TotalSeconds).Take(9);
        Assert.All(pauses.Zip([1, 2, 4, 8, 16, 32, 60, 60, 60]), pause => Assert.True(pause.First >= pause.Second, $"{pause.First} s instead of {pause.Second}"));
        faulty.CheckOrder(1, 3);
        Assert.Equal(3, faulty.Published.Count);
    }

    [Fact]
    public async Task One_for_which_a_page_is_too_much_gets_on_with_smaller_ones()
    {
        await using var host = new TestHost();
        var publisher = new RecordingPublisher
        {
            OnPublish = (events, _) => events.Count > 3 ? throw new InvalidOperationException("too much") : Task.CompletedTask,
        };
        await Lives.LiveAsync(host.Engine, "a", 40);
        await using (new Pump(host, publisher))
        {
            await host.PassUntilAsync(publisher.EndsAsync(1));
        }

        publisher.CheckOrder(1, 40);
    }

    [Fact]
    public async Task One_that_blocks_its_thread_holds_up_itself_alone()
    {
        await using var host = new TestHost();
        using var released = new ManualResetEventSlim();
        var blocked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var blocking = new RecordingPublisher("blocking")
        {
            OnPublish = (_, _) =>
            {
                blocked.TrySetResult();
                released.Wait(CancellationToken.None);
                return Task.CompletedTask;
            },
        };
        var sound = new RecordingPublisher("sound");
        await using var first = new Pump(host, blocking);
        await using var second = new Pump(host, sound);
        await host.CreateAsync("a");
        await blocked.Task.WaitAsync(TestHost.Patience);

        await Lives.LiveAsync(host.Engine, 2, 50).WaitAsync(TestHost.Patience);
        await sound.EndsAsync(2).WaitAsync(TestHost.Patience);
        Assert.Empty(blocking.Published);

        released.Set();
        await blocking.EndsAsync(2).WaitAsync(TestHost.Patience);
    }

    [Fact]
    public async Task After_an_outage_of_the_store_it_goes_on()
    {
        await using var host = new TestHost();
        var store = new InterceptedStore((InMemoryRunStore)host.Store);
        await using var troubled = new TestHost(store, host.Time);
        var publisher = new RecordingPublisher();
        await using var pump = new Pump(troubled, publisher);
        await Lives.LiveAsync(host.Engine, "a", 3);
        await publisher.EndsAsync(1).WaitAsync(TestHost.Patience);
        var failures = 0;
        var several = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        store.OnRead = () =>
        {
            if (Interlocked.Increment(ref failures) == 5)
            {
                several.TrySetResult();
            }

            throw new StoreUnavailableException("gone");
        };
        await Lives.LiveAsync(host.Engine, "b", 3);
        await host.PassUntilAsync(several.Task);

        store.OnRead = null;
        await host.PassUntilAsync(publisher.EndsAsync(2));
        publisher.CheckOrder(2, 3);
    }

    [Fact]
    public async Task One_that_falls_behind_what_is_kept_goes_on_with_what_is_left_and_says_so()
    {
        using var logs = new EventNames();
        using var loggers = LoggerFactory.Create(logging => logging.AddProvider(logs));
        var time = new Microsoft.Extensions.Time.Testing.FakeTimeProvider();
        await using var host = new TestHost(new InMemoryRunStore(time, maxEndedRuns: 1), time, loggers: loggers);
        var publisher = new RecordingPublisher();
        var run = await host.CreateAsync("long");
        await using (new Pump(host, publisher))
        {
            var first = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            publisher.OnPublished = () => first.TrySetResult();
            await Lives.MoveAsync(host.Engine, run, RunState.Running);
            await first.Task.WaitAsync(TestHost.Patience);
        }

        Assert.DoesNotContain("PublisherFellBehind", logs.Seen);
        await Lives.LiveAsync(host.Engine, "dropped", 3);
        await Lives.LiveAsync(host.Engine, "kept", 3);
        await using (new Pump(host, publisher))
        {
            await publisher.EndsAsync(1).WaitAsync(TestHost.Patience);
        }

        Assert.Contains("PublisherFellBehind", logs.Seen);
        Assert.Equal(["long", "kept"], publisher.Published.Select(told => told.RunId.Value).Distinct());
        Assert.Equal(5, publisher.Published.Count);
    }

    [Fact]
    public async Task Events_that_a_newer_version_wrote_are_passed_over_and_the_position_moves_on_behind_them()
    {
        using var logs = new EventNames();
        using var loggers = LoggerFactory.Create(logging => logging.AddProvider(logs));
        var store = new InterceptedStore(new InMemoryRunStore(new Microsoft.Extensions.Time.Testing.FakeTimeProvider()))
        {
            OnEvent = told => told.RunId.Value == "newer"
                ? StoredJson.ReadEvent(told.Sequence, "run.painted", told.Time, told.RunId, told.Attempt, "{}")
                : told,
        };
        await using var host = new TestHost(store, loggers: loggers);
        await Lives.LiveAsync(host.Engine, "newer", 600);
        await Lives.LiveAsync(host.Engine, "known", 3);
        var publisher = new RecordingPublisher();
        await using (new Pump(host, publisher))
        {
            await publisher.EndsAsync(1).WaitAsync(TestHost.Patience);
        }

        Assert.Equal(["known", "known", "known"], publisher.Published.Select(told => told.RunId.Value));
        Assert.Single(logs.Seen, name => name == "EventsPassedOver");

        // Its note is behind them: with another publisher of the same name nothing comes again.
        await Lives.LiveAsync(host.Engine, "newer-2", 3);
        await using (new Pump(host, publisher))
        {
            await publisher.EndsAsync(2).WaitAsync(TestHost.Patience);
        }

        Assert.Equal(6, publisher.Published.Count);
    }

    [Fact]
    public async Task A_position_that_a_newer_version_wrote_is_left_to_a_host_that_can_read_it()
    {
        using var logs = new EventNames();
        using var loggers = LoggerFactory.Create(logging => logging.AddProvider(logs));
        await using var newer = new TestHost();
        var store = new InterceptedStore((InMemoryRunStore)newer.Store) { IsUnreadable = position => position != EventSubscription.Start };
        await using var older = new TestHost(store, newer.Time, loggers: loggers);
        var (first, second) = (new RecordingPublisher(), new RecordingPublisher());
        await Lives.LiveAsync(newer.Engine, "a", 3);
        await using (new Pump(newer, first))
        {
            await first.EndsAsync(1).WaitAsync(TestHost.Patience);
        }

        var note = await newer.Store.ReadNoteAsync("publisher/recording", CancellationToken.None);
        await using (new Pump(older, second))
        {
            await newer.PassUntilAsync(logs.UntilAsync("PublisherPositionUnreadable"));
            Assert.Equal(note, await newer.Store.ReadNoteAsync("publisher/recording", CancellationToken.None));

            await Lives.LiveAsync(newer.Engine, "b", 3);
            await using (new Pump(newer, first))
            {
                await first.EndsAsync(2).WaitAsync(TestHost.Patience);
            }
        }

        first.CheckOrder(2, 3);
        Assert.Equal(6, first.Published.Count);
        Assert.Empty(second.Published);
        Assert.DoesNotContain("PublisherFailed", logs.Seen);
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("null")]
    [InlineData("""{"Position":null,"Owner":"host","Until":"2020-01-01T00:00:00Z"}""")]
    [InlineData("lease 2: 17")]
    public async Task A_lease_in_a_form_that_is_not_known_is_left_alone(string stored)
    {
        using var logs = new EventNames();
        using var loggers = LoggerFactory.Create(logging => logging.AddProvider(logs));
        await using var host = new TestHost(loggers: loggers);
        Assert.True(await host.Store.TryWriteNoteAsync("publisher/recording", stored, 0, null));
        await Lives.LiveAsync(host.Engine, "a", 3);
        var publisher = new RecordingPublisher();
        await using (new Pump(host, publisher))
        {
            await host.PassUntilAsync(logs.UntilAsync("PublisherPositionUnreadable"));
        }

        Assert.Empty(publisher.Published);
        Assert.Equal(new Note("publisher/recording", stored, 1), await host.Store.ReadNoteAsync("publisher/recording", CancellationToken.None));
    }

    [Fact]
    public async Task What_a_newer_version_keeps_in_the_lease_survives_its_taking_its_renewal_and_its_release()
    {
        await using var host = new TestHost();
        var stored = """{"Position":"0","Owner":"gone","Until":"2020-01-01T00:00:00+00:00","Filter":{"types":["run.created"],"n":1.10}}""";
        Assert.True(await host.Store.TryWriteNoteAsync("publisher/recording", stored, 0, null));
        await Lives.LiveAsync(host.Engine, "a", 3);
        var publisher = new RecordingPublisher();
        await using (new Pump(host, publisher))
        {
            await publisher.EndsAsync(1).WaitAsync(TestHost.Patience);
        }

        var note = (await host.Store.ReadNoteAsync("publisher/recording", CancellationToken.None))!;
        Assert.True(note.Version >= 3);
        Assert.Contains("""
            "Filter":{"types":["run.created"],"n":1.10}
            """, note.Value, StringComparison.Ordinal);
    }

    /// <summary>The names of what is logged.</summary>
    private sealed class EventNames : ILoggerProvider, ILogger
    {
        private readonly ConcurrentQueue<string?> _seen = [];

        private readonly ConcurrentDictionary<string, TaskCompletionSource> _awaited = [];

        public IEnumerable<string?> Seen => _seen;

        /// <summary>Ends when such an event is logged.</summary>
        public Task UntilAsync(string name) => Awaited(name).Task;

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            _seen.Enqueue(eventId.Name);
            Awaited(eventId.Name ?? "").TrySetResult();
        }

        public void Dispose()
        {
        }

        private TaskCompletionSource Awaited(string name) =>
            _awaited.GetOrAdd(name, _ => new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
    }
}
