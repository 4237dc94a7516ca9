using Microsoft.Extensions.Time.Testing;
using Orchestrator.Core.Tests.Hosting;
using Orchestrator.Core.Tests.Storage;
using Orchestrator.Storage;

namespace Orchestrator.Core.Tests.Events;

/// <summary>Subscriptions in process: contract section 6.</summary>
public sealed class EventFeedTests
{
    private readonly FakeTimeProvider _clock = new(new DateTimeOffset(2026, 1, 31, 12, 0, 0, TimeSpan.Zero));

    [Fact]
    public async Task Invariant_9_many_readers_of_many_runs_get_every_durable_event_in_order_without_gaps()
    {
        const int runs = 8, events = 120;
        await using var host = new TestHost();
        var readers = new List<Task>();
        for (var n = 0; n < 10; n++)
        {
            readers.Add(FollowAsync(await EventReader.OpenAsync(host.Engine), runs, events));
            readers.Add(FollowAsync(await EventReader.OpenAsync(host.Engine, after: EventSubscription.Start), runs, events));
            readers.Add(ResumeAsync(host.Engine, runs, events, every: 7 + n));
        }

        var lives = await Lives.LiveAsync(host.Engine, runs, events);
        foreach (var run in lives)
        {
            readers.Add(FollowAsync(await EventReader.OpenAsync(host.Engine, run, EventSubscription.Start), 1, events));
        }

        await Task.WhenAll(readers).WaitAsync(TestHost.Patience);
    }

    [Fact]
    public async Task From_now_is_from_the_call_not_from_the_first_read()
    {
        await using var host = new TestHost();
        await host.CreateAsync("before");
        await using var all = await EventReader.OpenAsync(host.Engine);
        var run = await host.CreateAsync("after");
        await using var one = await EventReader.OpenAsync(host.Engine, run);
        await Lives.MoveAsync(host.Engine, run, RunState.Running);

        Assert.Equal([("after", 1L), ("after", 2L)], (await all.TakeAsync(2)).Select(message => (message.Event.RunId.Value, message.Event.Sequence)));
        Assert.Equal(2, (await one.NextAsync()).Event.Sequence);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Each_position_resumes_right_after_its_event(bool ofOneRun)
    {
        await using var host = new TestHost();
        var run = await Lives.LiveAsync(host.Engine, "run", 6);
        var only = ofOneRun ? run : (RunId?)null;
        await using var reader = await EventReader.OpenAsync(host.Engine, only, EventSubscription.Start);
        var all = await reader.TakeAsync(6);
        Assert.Equal(6, all.Select(message => message.Position).Distinct().Count());

        for (var n = 0; n < 5; n++)
        {
            await using var resumed = await EventReader.OpenAsync(host.Engine, only, all[n].Position);
            Assert.Equal(all.Skip(n + 1).Select(message => message.Event), (await resumed.TakeAsync(5 - n)).Select(message => message.Event));
        }
    }

    [Fact]
    public async Task Only_the_types_that_are_wanted_come()
    {
        await using var host = new TestHost();
        await using var reader = await EventReader.OpenAsync(host.Engine, null, null, EventType.RunCreated, EventType.CommandQueued);
        var run = await host.StartAsync();
        _ = (await host.Commands.EnqueueAsync(run, NewCommand.Pause(TestHost.Ada))).Value;

        Assert.Equal([EventType.RunCreated, EventType.CommandQueued], (await reader.TakeAsync(2)).Select(message => message.Event.Type));
    }

    [Fact]
    public async Task A_reader_of_one_run_gets_nothing_of_another()
    {
        await using var host = new TestHost();
        var run = await host.CreateAsync();
        await using var reader = await EventReader.OpenAsync(host.Engine, run);
        await host.StartAsync("other");
        await Lives.MoveAsync(host.Engine, run, RunState.Failed);

        Assert.Equal(run, (await reader.NextAsync()).Event.RunId);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Events_that_a_newer_version_wrote_are_passed_over_however_many_they_are(bool ofOneRun)
    {
        var store = new InterceptedStore(new InMemoryRunStore(_clock)) { OnEvent = OfNewerVersion };
        await using var host = new TestHost(store, _clock);
        var run = await host.CreateAsync();
        await using var reader = await EventReader.OpenAsync(host.Engine, ofOneRun ? run : null, EventSubscription.Start);
        Assert.Equal(1, (await reader.NextAsync()).Event.Sequence);
        var next = reader.NextAsync();

        // More than two pages of events between two that are known.
        for (var n = 0; n < 600; n++)
        {
            await Lives.MoveAsync(host.Engine, run, n % 2 == 0 ? RunState.Running : RunState.Paused);
        }

        await Lives.MoveAsync(host.Engine, run, RunState.Failed);

        var last = await next;
        Assert.Equal((602, EventType.RunStateChanged), (last.Event.Sequence, last.Event.Type));
        if (!ofOneRun)
        {
            await host.CreateAsync("later");
            await using var resumed = await EventReader.OpenAsync(host.Engine, after: last.Position);
            Assert.Equal("later", (await resumed.NextAsync()).Event.RunId.Value);
        }
    }

    private static RunEvent OfNewerVersion(RunEvent told) => told.Sequence is > 1 and < 602
        ? StoredJson.ReadEvent(told.Sequence, "run.painted", told.Time, told.RunId, told.Attempt, "{}")
        : told;

    [Fact]
    public async Task What_cannot_be_followed_is_refused()
    {
        await using var host = new TestHost(new InMemoryRunStore(_clock, maxEndedRuns: 0), _clock);
        await using var later = new TestHost(new InMemoryRunStore(_clock));
        var run = await host.CreateAsync();
        await using var reader = await EventReader.OpenAsync(host.Engine, after: EventSubscription.Start);
        var early = (await reader.NextAsync()).Position;
        await Lives.LiveAsync(host.Engine, "dropped", 3);

        Assert.Equal(RefusalCode.RunNotFound, await RefusalAsync(host, new EventSubscription { Run = RunId.Parse("none") }));
        foreach (var after in new[] { "x", "", "-1", "2:0", new string('9', 30), new string('A', 300) })
        {
            Assert.Equal(RefusalCode.CursorExpired, await RefusalAsync(host, new EventSubscription { After = after }));
            Assert.Equal(RefusalCode.CursorExpired, await RefusalAsync(host, new EventSubscription { Run = run, After = after }));
        }

        Assert.Equal(RefusalCode.CursorExpired, await RefusalAsync(host, new EventSubscription { Run = run, After = "2" }));
        Assert.Equal(RefusalCode.CursorExpired, await RefusalAsync(host, new EventSubscription { After = early }));
        Assert.Equal(RefusalCode.CursorExpired, await RefusalAsync(later, new EventSubscription { After = early }));
        Assert.Null(await RefusalAsync(host, new EventSubscription { Run = run, After = "1" }));
        Assert.Null(await RefusalAsync(host, new EventSubscription { After = EventSubscription.Start }));
    }

    [Fact]
    public async Task Who_begins_at_0_gets_past_the_holes_of_dropped_runs()
    {
        await using var host = new TestHost(new InMemoryRunStore(_clock, maxEndedRuns: 0), _clock);
        var run = await host.CreateAsync("long");
        for (var n = 0; n < 300; n++)
        {
            await Lives.MoveAsync(host.Engine, run, n % 2 == 0 ? RunState.Running : RunState.Paused);
        }

        await Lives.LiveAsync(host.Engine, "dropped", 3);
        await Lives.MoveAsync(host.Engine, run, RunState.Terminating);
        await using var reader = await EventReader.OpenAsync(host.Engine, after: EventSubscription.Start);

        Assert.Equal(Enumerable.Range(1, 302).Select(n => (long)n), (await reader.TakeAsync(302)).Select(message => message.Event.Sequence));
    }

    [Fact]
    public async Task The_stream_of_a_reader_who_falls_behind_what_is_kept_ends()
    {
        await using var host = new TestHost(new InMemoryRunStore(_clock, maxEndedRuns: 0), _clock);
        await using var reader = await EventReader.OpenAsync(host.Engine);
        await host.CreateAsync("first");
        Assert.Equal("first", (await reader.NextAsync()).Event.RunId.Value);
        await Lives.LiveAsync(host.Engine, "dropped", 3);
        await host.CreateAsync("second");

        Assert.False(await reader.MoveAsync().WaitAsync(TestHost.Patience));
        Assert.Equal(0, host.Engine.Feed.Count);
    }

    [Fact]
    public async Task The_stream_of_a_run_ends_when_the_run_is_dropped()
    {
        await using var host = new TestHost(new InMemoryRunStore(_clock, maxEndedRuns: 0), _clock);
        var run = await host.CreateAsync();
        await using var reader = await EventReader.OpenAsync(host.Engine, run);
        var next = reader.MoveAsync();
        await Lives.MoveAsync(host.Engine, run, RunState.Failed);

        await host.PassUntilAsync(next);
        Assert.False(await next);
    }

    [Fact]
    public async Task A_reader_of_a_run_skips_no_event_of_another_run_under_its_id()
    {
        await using var host = new TestHost(new InMemoryRunStore(_clock, maxEndedRuns: 0), _clock);
        var run = await host.CreateAsync();
        await Lives.MoveAsync(host.Engine, run, RunState.Running);
        await using var reader = await EventReader.OpenAsync(host.Engine, run, after: EventSubscription.Start);
        Assert.Equal([1L, 2L], (await reader.TakeAsync(2)).Select(message => message.Event.Sequence));
        await Lives.MoveAsync(host.Engine, run, RunState.Failed);
        _clock.Advance(TimeSpan.FromMilliseconds(1));
        _ = await host.CreateAsync();
        foreach (var state in new[] { RunState.Running, RunState.Paused, RunState.Running })
        {
            await Lives.MoveAsync(host.Engine, run, state);
        }

        Assert.False(await reader.MoveAsync().WaitAsync(TestHost.Patience));
        await using var again = await EventReader.OpenAsync(host.Engine, run, after: EventSubscription.Start);
        Assert.Equal([1L, 2L, 3L, 4L], (await again.TakeAsync(4)).Select(message => message.Event.Sequence));
    }

    [Fact]
    public async Task Every_stream_ends_when_the_host_stops()
    {
        var host = new TestHost();
        var run = await host.CreateAsync();
        await using var all = await EventReader.OpenAsync(host.Engine);
        await using var one = await EventReader.OpenAsync(host.Engine, run);
        var ends = new[] { all.MoveAsync(), one.MoveAsync() };
        Assert.Equal(2, host.Engine.Feed.Count);

        await host.DisposeAsync();

        Assert.All(await Task.WhenAll(ends).WaitAsync(TestHost.Patience), Assert.False);
        Assert.Equal(0, host.Engine.Feed.Count);
    }

    [Fact]
    public async Task A_reader_who_cancels_is_told_so()
    {
        await using var host = new TestHost();
        await using var reader = await EventReader.OpenAsync(host.Engine);
        var next = reader.MoveAsync();
        await reader.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => next.WaitAsync(TestHost.Patience));
        Assert.Equal(0, host.Engine.Feed.Count);
    }

    [Fact]
    public async Task A_wake_up_that_is_lost_costs_time_and_no_event()
    {
        var store = new InterceptedStore(new InMemoryRunStore(_clock), lookAgain: TimeSpan.FromMilliseconds(100));
        await using var host = new TestHost(store, _clock);
        await using var reader = await EventReader.OpenAsync(host.Engine);
        var run = await host.CreateAsync();
        await using var one = await EventReader.OpenAsync(host.Engine, run);
        for (var sequence = 1; sequence <= 5; sequence++)
        {
            var next = reader.MoveAsync();
            await host.PassUntilAsync(next);
            Assert.Equal(sequence, reader.Current.Event.Sequence);
            await Lives.MoveAsync(host.Engine, run, sequence % 2 == 0 ? RunState.Running : RunState.Paused);
            var alone = one.MoveAsync();
            await host.PassUntilAsync(alone);
            Assert.Equal(sequence + 1, one.Current.Event.Sequence);
        }
    }

    [Fact]
    public async Task An_outage_of_the_store_costs_time_and_no_event()
    {
        var store = new InterceptedStore(new InMemoryRunStore(_clock));
        await using var host = new TestHost(store, _clock);
        await using var reader = await EventReader.OpenAsync(host.Engine);
        var failed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await host.CreateAsync();
        store.OnRead = () =>
        {
            failed.TrySetResult();
            throw new StoreUnavailableException("gone");
        };
        var next = reader.MoveAsync();
        await failed.Task.WaitAsync(TestHost.Patience);
        Assert.Equal(RefusalCode.StoreUnavailable, await RefusalAsync(host, new EventSubscription()));
        Assert.False(next.IsCompleted);

        store.OnRead = null;
        await host.PassUntilAsync(next);
        Assert.Equal(EventType.RunCreated, reader.Current.Event.Type);
    }

    [Fact]
    public async Task Ten_thousand_readers_that_came_and_went_leave_nothing_behind()
    {
        await using var host = new TestHost();
        var run = await host.CreateAsync();
        for (var n = 0; n < 10_000; n++)
        {
            var reader = await EventReader.OpenAsync(host.Engine, n % 2 == 0 ? run : null, n % 3 == 0 ? null : EventSubscription.Start);
            if (n % 3 == 0)
            {
                var next = reader.MoveAsync();
                Assert.Equal(1, host.Engine.Feed.Count);
                await reader.CancelAsync();
                await Assert.ThrowsAnyAsync<OperationCanceledException>(() => next);
            }
            else
            {
                await reader.NextAsync();
            }

            await reader.DisposeAsync();
        }

        Assert.Equal(0, host.Engine.Feed.Count);
    }

    [Fact]
    public async Task A_slow_reader_gets_the_newest_progress_of_each_run_between_durable_events_that_it_gets_all()
    {
        await using var host = new TestHost(configure: options => options.Heartbeats.MinInterval = TimeSpan.Zero);
        await using var reader = await EventReader.OpenAsync(host.Engine);
        RunId[] runs = [await host.StartAsync("a"), await host.StartAsync("b")];
        Assert.Equal(EventType.RunCreated, (await reader.NextAsync()).Event.Type);
        for (var step = 1; step <= 500; step++)
        {
            foreach (var run in runs)
            {
                _ = (await host.Heartbeats.ReportAsync(run, TestHost.Beat(run, step))).Value;
            }
        }

        var read = await reader.TakeAsync(5);
        Assert.Equal(
            ["run.state_changed", "run.created", "run.state_changed", "run.progress", "run.progress"], read.Select(message => message.Event.Type.ToWireName()));
        Assert.All(read.Skip(3), message => Assert.Null(message.Position));
        Assert.Equal([500, 500], read.Skip(3).Select(message => ((ProgressData)message.Event.Data).Run.CurrentStep));
        await Lives.MoveAsync(host.Engine, runs[0], RunState.Failed);
        Assert.Equal(EventType.RunStateChanged, (await reader.NextAsync()).Event.Type);
    }

    [Fact]
    public async Task The_progress_of_a_run_whose_heartbeats_another_host_takes_comes_sampled()
    {
        await using var one = new TestHost();
        await using var other = new TestHost(one.Store, one.Time);
        var run = await one.StartAsync();
        await using var reader = await EventReader.OpenAsync(other.Engine, run, null, EventType.RunProgress);
        for (var step = 1; step <= 3; step++)
        {
            one.Time.Advance(TimeSpan.FromSeconds(5));
            _ = (await one.Heartbeats.ReportAsync(run, TestHost.Beat(run, step))).Value;
            ProgressData seen;
            do
            {
                var next = reader.MoveAsync();
                await one.PassUntilAsync(next);
                seen = (ProgressData)reader.Current.Event.Data;
            }
            while (seen.Run.CurrentStep < step);

            Assert.Equal(step, seen.Run.CurrentStep);
        }
    }

    private static async Task<RefusalCode?> RefusalAsync(TestHost host, EventSubscription subscription) =>
        (await host.Engine.SubscribeAsync(subscription)).Refusal?.Code;

    private static async Task FollowAsync(EventReader reader, int runs, int events)
    {
        await using (reader)
        {
            var seen = new Dictionary<RunId, long>();
            for (var n = 0; n < runs * events; n++)
            {
                Check(await reader.NextAsync(), seen);
            }

            Assert.Equal(runs, seen.Count);
        }
    }

    private static async Task ResumeAsync(IOrchestrator orchestrator, int runs, int events, int every)
    {
        var seen = new Dictionary<RunId, long>();
        var after = EventSubscription.Start;
        for (var n = 0; n < runs * events;)
        {
            await using var reader = await EventReader.OpenAsync(orchestrator, after: after);
            for (var taken = 0; taken < every && n < runs * events; taken++, n++)
            {
                var message = await reader.NextAsync();
                Check(message, seen);
                after = message.Position;
            }
        }
    }

    private static void Check(EventMessage message, Dictionary<RunId, long> seen)
    {
        Assert.Equal(seen.GetValueOrDefault(message.Event.RunId) + 1, message.Event.Sequence);
        seen[message.Event.RunId] = message.Event.Sequence;
    }
}
