using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Orchestrator.AspNetCore.Tests.Hosting;
using Orchestrator.AspNetCore.Tests.Http;

namespace Orchestrator.AspNetCore.Tests.Events;

/// <summary>Events over HTTP, read from a socket: contract section 6.</summary>
public sealed class EventStreamTests
{
    [Fact]
    public async Task The_frames_are_what_the_standard_and_the_contract_say()
    {
        await using var host = await TestHost.StartAsync();
        using var stream = await EventConnection.OpenAsync(host, "runs/r1/events");
        Assert.Equal(404, stream.Status);
        await host.CreateRunAsync();
        using var events = await EventConnection.OpenAsync(host, "runs/r1/events", "0");

        Assert.StartsWith("HTTP/1.1 200 OK\nContent-Type: text/event-stream\n", events.Head, StringComparison.Ordinal);
        Assert.Contains("\nCache-Control: no-store\n", events.Head, StringComparison.Ordinal);
        Assert.Contains("\nX-Accel-Buffering: no\n", events.Head, StringComparison.Ordinal);
        Assert.Equal(": events follow\nretry: 2000\nid: 0", await events.FrameAsync());
        Assert.Equal(
            "event: run.created\nid: 1.1772366400000000\ndata: {\"id\":\"r1:1\",\"sequence\":1,\"type\":\"run.created\",\"time\":\"2026-03-01T12:00:00Z\",\"run_id\":\"r1\",\"attempt\":1,"
            + "\"data\":{\"experiment_id\":\"e1\",\"version_id\":\"v1\",\"created_by\":null}}",
            await events.FrameAsync());
    }

    [Fact]
    public async Task Progress_has_no_id_and_no_sequence()
    {
        await using var host = await TestHost.StartAsync();
        await host.CreateRunAsync();
        using var events = await EventConnection.OpenAsync(host, "events?types=run.progress");
        (await host.BeatAsync()).Is(200);

        var progress = await events.EventAsync();
        Assert.Equal(("run.progress", null, 0L), (progress.Type, progress.Id, progress.Sequence));
        Assert.Equal(10, progress.Data.GetProperty("data").GetProperty("current_step").GetInt64());
    }

    [Fact]
    public async Task The_whole_life_of_a_run_can_be_followed()
    {
        await using var host = await TestHost.StartAsync();
        using var events = await EventConnection.OpenAsync(host, "events");
        await host.RunningAsync();
        (await host.CommandAsync("pause", "c1")).Is(202);
        (await host.NextAsync()).Is(200);
        (await host.AckAsync("c1")).Is(200);
        (await host.PostAsync("runs/r1/snooze", $$"""{"seconds":60,"reason":"naïve \n line","actor":{{TestHost.Ada}}}""")).Is(200);
        (await host.StartAttemptAsync()).Is(201);
        (await host.MoveAsync("r1", "failed")).Is(200);

        var frames = new List<Frame>();
        do
        {
            frames.Add(await events.EventAsync());
        }
        while (frames[^1].Data.GetProperty("data").TryGetProperty("to", out var to) ? to.GetString() != "failed" : true);

        var durable = frames.Where(frame => frame.Type != "run.progress").ToList();
        Assert.Equal(Enumerable.Range(1, durable.Count).Select(n => (long)n), durable.Select(frame => frame.Sequence));
        Assert.Equal(
            ["command.acknowledged", "command.delivered", "command.queued", "run.attempt_started", "run.created", "run.snoozed", "run.state_changed"],
            durable.Select(frame => frame.Type).Distinct().Order(StringComparer.Ordinal));
        Assert.Equal("naïve \n line", frames.Single(frame => frame.Type == "run.snoozed").Data.GetProperty("data").GetProperty("reason").GetString());
        Assert.All(durable, frame => Assert.Equal(frame.Type, frame.Data.GetProperty("type").GetString()));
    }

    [Theory]
    [InlineData("events")]
    [InlineData("runs/r1/events")]
    [InlineData("runs/r1/events?types=run.snoozed,run.state_changed")]
    public async Task A_stream_that_broke_before_its_first_event_is_resumed_where_it_began(string path)
    {
        await using var host = await TestHost.StartAsync();
        await host.CreateRunAsync();
        string start;
        using (var broken = await EventConnection.OpenAsync(host, path))
        {
            start = (await broken.FrameAsync())!.Split("id: ")[1];
        }

        await host.MoveAsync("r1", "running");
        using var events = await EventConnection.OpenAsync(host, path, start);
        Assert.Equal((2L, "run.state_changed"), (await events.EventAsync()) is var first ? (first.Sequence, first.Type) : default);
    }

    [Fact]
    public async Task A_position_may_be_in_the_address_and_the_header_comes_first()
    {
        await using var host = await TestHost.StartAsync();
        await host.InStateAsync("running");

        using var fromAddress = await EventConnection.OpenAsync(host, "runs/r1/events?after=1");
        Assert.Equal(2, (await fromAddress.EventAsync()).Sequence);
        using var fromStart = await EventConnection.OpenAsync(host, "events?after=0");
        Assert.Equal(1, (await fromStart.EventAsync()).Sequence);
        using var fromHeader = await EventConnection.OpenAsync(host, "runs/r1/events?after=0", after: "1");
        Assert.Equal(2, (await fromHeader.EventAsync()).Sequence);
        (await host.GetAsync("events?after=nonsense")).Refused(410, "cursor_expired");
        Assert.Equal(["after"], (await host.GetAsync("events?after=1&after=2")).Refused(422, "validation_failed").Faulty);
    }

    [Fact]
    public async Task Two_hundred_reconnects_during_load_leave_no_gap_and_repeat_nothing()
    {
        const int runs = 5, reconnects = 200;
        await using var host = await TestHost.StartAsync();
        using var end = new CancellationTokenSource();
        var load = Task.WhenAll(Enumerable.Range(0, runs).Select(n => MoveAsync(host, $"run-{n}", end.Token)));
        var seen = new Dictionary<string, long>();
        var after = "0";
        for (var n = 0; n < reconnects; n++)
        {
            using var events = await EventConnection.OpenAsync(host, "events", after);
            for (var taken = 0; taken <= n % 5; taken++)
            {
                var frame = await events.EventAsync();
                Assert.Equal(seen.GetValueOrDefault(frame.Run) + 1, frame.Sequence);
                seen[frame.Run] = frame.Sequence;
                after = frame.Id!;
            }
        }

        await end.CancelAsync();
        await load;
        Assert.Equal(runs, seen.Count);
    }

    [Theory]
    [InlineData("events?types=run.created,nonsense", null, 422, "validation_failed")]
    [InlineData("events?types=", null, 422, "validation_failed")]
    [InlineData("events?types=Run.Created", null, 422, "validation_failed")]
    [InlineData("events", "nonsense", 410, "cursor_expired")]
    [InlineData("events", "v2.17.3.1f", 410, "cursor_expired")]
    [InlineData("runs/r1/events", "nonsense", 410, "cursor_expired")]
    [InlineData("runs/r1/events", "1.7f3a", 410, "cursor_expired")]
    [InlineData("runs/r1/events", "99999999999999999999", 410, "cursor_expired")]
    [InlineData("runs/r1/events", "99", 410, "cursor_expired")]
    [InlineData("events", "99.1", 410, "cursor_expired")]
    [InlineData("runs/unknown/events", null, 404, "run_not_found")]
    public async Task What_cannot_be_followed_is_a_problem(string path, string? after, int status, string code)
    {
        await using var host = await TestHost.StartAsync();
        await host.CreateRunAsync();

        (await host.GetAsync(path, after is null ? [] : [("Last-Event-ID", after)])).Refused(status, code);
    }

    [Fact]
    public async Task A_cursor_of_a_list_that_cannot_be_read_stays_a_fault_of_the_request()
    {
        await using var host = await TestHost.StartAsync();

        Assert.Equal(["cursor"], (await host.GetAsync("runs?cursor=nonsense")).Refused(422, "validation_failed").Faulty);
    }

    [Fact]
    public async Task A_position_of_which_something_was_dropped_is_410()
    {
        await using var host = await TestHost.StartAsync(options => options.Retention.MaxEndedRuns = 0);
        await host.CreateRunAsync("first");
        string position;
        using (var events = await EventConnection.OpenAsync(host, "events", "0"))
        {
            position = (await events.EventAsync()).Id!;
        }

        await host.InStateAsync("failed", "dropped");

        (await host.GetAsync("events", ("Last-Event-ID", position))).Refused(410, "cursor_expired");
    }

    [Fact]
    public async Task A_position_of_another_history_is_410_also_once_the_new_one_has_passed_it()
    {
        await using var first = await TestHost.StartAsync(options => options.Retention.MaxEndedRuns = 0);
        await using var second = await TestHost.StartAsync();
        await first.InStateAsync("running");
        using var all = await EventConnection.OpenAsync(first, "events", "0");
        using var one = await EventConnection.OpenAsync(first, "runs/r1/events", "1");
        var (ofAll, ofRun) = ((await all.EventAsync()).Id!, (await one.EventAsync()).Id!);

        // The id is used again, by a run with more events.
        (await first.MoveAsync("r1", "failed")).Is(200);
        await first.PassAsync(TimeSpan.FromSeconds(1));
        await first.InStateAsync("paused");
        (await first.MoveAsync("r1", "running")).Is(200);
        (await first.GetAsync("runs/r1/events", ("Last-Event-ID", ofRun))).Refused(410, "cursor_expired");

        await second.InStateAsync("paused");
        (await second.GetAsync("events", ("Last-Event-ID", ofAll))).Refused(410, "cursor_expired");
    }

    [Fact]
    public async Task Types_are_told_apart_by_commas_and_by_repetition()
    {
        await using var host = await TestHost.StartAsync();
        using var events = await EventConnection.OpenAsync(host, "events?types=run.created,command.queued&types=run.attempt_started");
        await host.RunningAsync();
        (await host.CommandAsync("pause")).Is(202);
        (await host.StartAttemptAsync()).Is(201);

        Assert.Equal("run.created", (await events.EventAsync()).Type);
        Assert.Equal("command.queued", (await events.EventAsync()).Type);
        Assert.Equal("run.attempt_started", (await events.EventAsync()).Type);
    }

    [Fact]
    public async Task While_nothing_happens_a_comment_comes_every_15_seconds()
    {
        await using var host = await TestHost.StartAsync();
        using var events = await EventConnection.OpenAsync(host);
        Assert.StartsWith(": events follow\nretry: 2000\nid: ", await events.FrameAsync(), StringComparison.Ordinal);

        for (var n = 0; n < 3; n++)
        {
            var start = host.Clock.GetUtcNow();
            var comment = events.FrameAsync();
            await host.PassTimeUntilAsync(comment, EventConnection.Patience);
            Assert.Equal(": still here", await comment);
            Assert.True(host.Clock.GetUtcNow() - start >= TimeSpan.FromSeconds(n == 0 ? 15 : 1));
        }
    }

    [Fact]
    public async Task A_stop_of_the_host_ends_every_stream()
    {
        await using var host = await TestHost.StartAsync();
        await host.CreateRunAsync();
        using var all = await EventConnection.OpenAsync(host);
        using var one = await EventConnection.OpenAsync(host, "runs/r1/events");
        await all.FrameAsync();
        await one.FrameAsync();
        var ends = Task.WhenAll(all.FrameAsync(), one.FrameAsync());

        await host.StopAsync().WaitAsync(EventConnection.Patience);

        Assert.All(await ends, Assert.Null);
    }

    [Fact]
    public async Task A_thousand_callers_that_vanish_leave_nothing_behind()
    {
        var following = 0;
        await using var host = await TestHost.StartAsync(map: app =>
        {
            app.Use(async (context, next) =>
            {
                var isStream = context.Request.Path.Value!.EndsWith("events", StringComparison.Ordinal);
                Interlocked.Add(ref following, isStream ? 1 : 0);
                try
                {
                    await next(context);
                }
                finally
                {
                    Interlocked.Add(ref following, isStream ? -1 : 0);
                }
            });
            app.MapOrchestrator();
        });
        await host.CreateRunAsync();
        for (var n = 0; n < 1_000; n++)
        {
            using var events = await EventConnection.OpenAsync(host, n % 2 == 0 ? "events" : "runs/r1/events", "0");
            await events.EventAsync();
        }

        await host.EventuallyAsync("runs/r1", _ => Volatile.Read(ref following) == 0);
        Assert.Empty(host.Logs.Errors);
    }

    [Fact]
    public async Task A_caller_who_does_not_read_holds_up_nobody_and_gets_everything_later()
    {
        const int count = 3_000;
        await using var host = await TestHost.StartAsync();
        await host.CreateRunAsync();
        using var slow = await EventConnection.OpenAsync(host, "runs/r1/events", "0");
        var store = host.Services.GetRequiredService<IOrchestrator>();
        for (var n = 2; n <= count; n++)
        {
            await store.Runs.TransitionAsync(
                RunId.Parse("r1"), new TransitionRequest { To = n % 2 == 0 ? RunState.Running : RunState.Paused, Actor = new Actor(ActorType.Operator, "ada"), Reason = new string('x', 1_000) });
        }

        using var quick = await EventConnection.OpenAsync(host, "runs/r1/events", "2999");
        Assert.Equal(count, (await quick.EventAsync()).Sequence);
        for (var n = 1; n <= count; n++)
        {
            Assert.Equal(n, (await slow.EventAsync()).Sequence);
        }
    }

    [Theory]
    [InlineData("events", "0")]
    [InlineData("runs/r1/events", "0")]
    [InlineData("runs/r1/transitions", null)]
    public async Task A_stop_of_the_host_does_not_wait_for_a_caller_who_does_not_read(string path, string? after)
    {
        await using var host = await TestHost.StartAsync(build: builder => builder.Services.Configure<HostOptions>(options => options.ShutdownTimeout = Timeout.InfiniteTimeSpan));
        await FillAsync(host, count: 8_000);
        using var stuck = await EventConnection.OpenAsync(host, path, after);
        using var other = await EventConnection.OpenAsync(host, "runs/r1/events", "7999");
        await other.EventAsync();

        await host.StopAsync().WaitAsync(EventConnection.Patience);
    }

    [Theory]
    [InlineData("events", "0")]
    [InlineData("runs/r1/events", "0")]
    [InlineData("runs/r1/transitions", null)]
    public async Task A_caller_who_takes_nothing_for_30_seconds_is_cut(string path, string? after)
    {
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var host = await TestHost.StartAsync(map: app =>
        {
            app.Use(async (context, next) =>
            {
                await next(context);
                if (context.Request.Path.Value!.EndsWith(path, StringComparison.Ordinal))
                {
                    ended.SetResult();
                }
            });
            app.MapOrchestrator();
        });
        await FillAsync(host, count: 8_000);
        using var stuck = await EventConnection.OpenAsync(host, path, after);
        var start = host.Clock.GetUtcNow();

        await host.PassTimeUntilAsync(ended.Task, EventConnection.Patience);

        Assert.True(host.Clock.GetUtcNow() - start >= TimeSpan.FromSeconds(30));
        Assert.Empty(host.Logs.Errors);
    }

    [Fact]
    public async Task A_stream_is_closed_to_whom_the_viewers_policy_closes_it()
    {
        await using var host = await TestHost.StartAsync(build: HeaderAuthentication.Add, map: app => app.MapOrchestrator().Viewers.RequireAuthorization("viewers"));
        await host.CreateRunAsync();

        foreach (var path in new[] { "events", "runs/r1/events" })
        {
            (await host.GetAsync(path)).Is(401);
            (await host.GetAsync(path, HeaderAuthentication.User("workers/w"))).Is(403);
            Assert.Equal(Reply.EventStream, (await host.GetAsync(path, HeaderAuthentication.User("viewers/v"))).Is(200).ContentType);
        }
    }

    /// <summary>Gives run r1 so many events of 1 KB.</summary>
    private static async Task FillAsync(TestHost host, int count)
    {
        await host.CreateRunAsync();
        var runs = host.Services.GetRequiredService<IOrchestrator>().Runs;
        for (var n = 2; n <= count; n++)
        {
            await runs.TransitionAsync(
                RunId.Parse("r1"), new TransitionRequest { To = n % 2 == 0 ? RunState.Running : RunState.Paused, Actor = new Actor(ActorType.Operator, "ada"), Reason = new string('x', 1_000) });
        }
    }

    private static async Task MoveAsync(TestHost host, string run, CancellationToken end)
    {
        await host.CreateRunAsync(run);
        for (var n = 0; !end.IsCancellationRequested; n++)
        {
            (await host.MoveAsync(run, n % 2 == 0 ? "running" : "paused")).Is(200);
        }
    }
}
