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

    /// <summary>The names of what is logged.</summary>
    private sealed class EventNames : ILoggerProvider, ILogger
    {
        private readonly ConcurrentQueue<string?> _seen = [];

        public IEnumerable<string?> Seen => _seen;

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            _seen.Enqueue(eventId.Name);

        public void Dispose()
        {
        }
    }
}
