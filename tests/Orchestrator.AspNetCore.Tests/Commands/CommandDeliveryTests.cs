using Orchestrator.AspNetCore.Tests.Http;

namespace Orchestrator.AspNetCore.Tests.Commands;

/// <summary>How commands reach a worker: contract section 3, Delivery.</summary>
public sealed class CommandDeliveryTests
{
    [Fact]
    public async Task The_oldest_undelivered_command_comes_first_and_is_stamped()
    {
        await using var host = await TestHost.StartAsync();
        await host.RunningAsync();
        await host.CommandAsync("tune", "z", more: ""","issued_at":"2026-03-01T11:00:00Z" """);
        await host.CommandAsync("pause", "a", more: ""","issued_at":"2026-03-01T10:00:00Z" """);

        var first = (await host.NextAsync()).Is(200);

        Assert.Equal("z", first["id"].GetString());
        Assert.Equal("delivered", first["status"].GetString());
        Assert.Equal("2026-03-01T12:00:10Z", first["delivered_at"].GetString());
        Assert.Equal(1, first["delivery_count"].GetInt32());
        Assert.Equal("no-store", first.Headers["Cache-Control"]);
        Assert.Equal(first.Body, (await host.ReadCommandAsync("z")).Body);
        Assert.Equal("a", (await host.NextAsync()).Is(200)["id"].GetString());
    }

    [Fact]
    public async Task None_is_204_and_must_not_be_stored()
    {
        await using var host = await TestHost.StartAsync();
        await host.RunningAsync();

        var reply = (await host.NextAsync()).Is(204);

        Assert.Equal("", reply.Body);
        Assert.Equal("no-store", reply.Headers["Cache-Control"]);
    }

    [Fact]
    public async Task A_poll_is_fenced_by_its_attempt()
    {
        await using var host = await TestHost.StartAsync();
        await host.RunningAsync();
        await host.CommandAsync("pause", "c1");
        await host.StartAttemptAsync();

        (await host.NextAsync("?attempt=1")).Refused(409, "stale_attempt");
        (await host.NextAsync("?attempt=3")).Refused(422, "unknown_attempt");
        (await host.NextAsync("?attempt=x")).Refused(422, "validation_failed");
        Assert.Equal("pending", (await host.ReadCommandAsync("c1"))["status"].GetString());
        (await host.NextAsync("?attempt=2")).Is(200);
    }

    [Theory]
    [InlineData("completed")]
    [InlineData("failed")]
    [InlineData("terminated")]
    public async Task A_poll_of_a_terminal_run_is_409(string state)
    {
        await using var host = await TestHost.StartAsync();
        await host.InStateAsync(state);

        Assert.Equal(state, (await host.NextAsync("?wait=60")).Refused(409, "run_ended").Details.GetProperty("state").GetString());
    }

    [Fact]
    public async Task A_delivered_command_comes_again_after_30_s_without_an_acknowledgement()
    {
        await using var host = await TestHost.StartAsync();
        await host.RunningAsync();
        await host.CommandAsync("pause", "c1");
        (await host.NextAsync()).Is(200);

        host.Clock.Advance(TimeSpan.FromSeconds(29.9));
        (await host.NextAsync()).Is(204);
        host.Clock.Advance(TimeSpan.FromSeconds(0.1));
        var again = (await host.NextAsync()).Is(200);

        Assert.Equal("c1", again["id"].GetString());
        Assert.Equal(2, again["delivery_count"].GetInt32());
        Assert.Equal("2026-03-01T12:00:40Z", again["delivered_at"].GetString());
    }

    [Fact]
    public async Task An_acknowledged_command_never_comes_again()
    {
        await using var host = await TestHost.StartAsync();
        await host.RunningAsync();
        await host.CommandAsync("pause", "c1");
        await host.CommandAsync("tune", "c2");
        (await host.NextAsync()).Is(200);
        (await host.NextAsync()).Is(200);
        (await host.AckAsync("c1")).Is(200);
        (await host.AckAsync("c2", """{"outcome":"rejected"}""")).Is(200);

        host.Clock.Advance(TimeSpan.FromSeconds(31));
        (await host.NextAsync()).Is(204);
        (await host.StartAttemptAsync()).Is(201);

        // The new attempt is paused as the old one was, by a command of its own.
        var carriedOver = (await host.NextAsync()).Is(200);
        Assert.Equal(("pause", 3, "orchestrator"), (carriedOver["type"].GetString(), carriedOver["sequence"].GetInt32(), carriedOver["actor"].GetProperty("id").GetString()));
        (await host.NextAsync()).Is(204);
    }

    [Fact]
    public async Task A_new_attempt_makes_all_unacknowledged_commands_deliverable_again()
    {
        await using var host = await TestHost.StartAsync();
        await host.RunningAsync();
        await host.CommandAsync("tune", "c1");
        await host.CommandAsync("pause", "c2");
        await host.NextAsync();
        await host.NextAsync();
        (await host.NextAsync()).Is(204);

        (await host.StartAttemptAsync()).Is(201);

        Assert.Equal(("c1", 2), Seen(await host.NextAsync("?attempt=2")));
        Assert.Equal(("c2", 2), Seen(await host.NextAsync("?attempt=2")));
    }

    [Fact]
    public async Task A_command_expires_when_it_is_pending_beyond_its_time()
    {
        await using var host = await TestHost.StartAsync();
        await host.RunningAsync();
        await host.CommandAsync("pause", "c1", more: ""","expires_at":"2026-03-01T12:00:20Z" """);
        await host.CommandAsync("resume", "c2", more: ""","expires_at":"2026-03-01T12:00:20Z" """);

        host.Clock.Advance(TimeSpan.FromSeconds(11));

        (await host.NextAsync()).Is(204);
        Assert.Equal("expired", (await host.ReadCommandAsync("c2"))["status"].GetString());
        (await host.CommandAsync("pause")).Is(202);
    }

    [Fact]
    public async Task A_command_expires_also_when_nobody_polls()
    {
        await using var host = await TestHost.StartAsync();
        await host.RunningAsync();
        await host.CommandAsync("pause", "c1", more: ""","expires_at":"2026-03-01T12:00:20Z" """);

        host.Clock.Advance(TimeSpan.FromSeconds(20));

        await host.EventuallyAsync("runs/r1/commands/c1", command => command["status"].GetString() == "expired");
    }

    [Fact]
    public async Task A_delivered_command_does_not_expire()
    {
        await using var host = await TestHost.StartAsync();
        await host.RunningAsync();
        await host.CommandAsync("pause", "c1", more: ""","expires_at":"2026-03-01T12:00:20Z" """);
        (await host.NextAsync()).Is(200);

        host.Clock.Advance(TimeSpan.FromSeconds(31));

        Assert.Equal(("c1", 2), Seen(await host.NextAsync()));
    }

    [Theory]
    [InlineData("running", "pause", "resume")]
    [InlineData("paused", "resume", "pause")]
    public async Task A_new_resume_supersedes_an_undelivered_pause_and_the_reverse(string state, string older, string newer)
    {
        await using var host = await TestHost.StartAsync();
        await host.InStateAsync(state);
        await host.CommandAsync(older, "c1");

        (await host.CommandAsync(newer, "c2")).Is(202);

        Assert.Equal("superseded", (await host.ReadCommandAsync("c1"))["status"].GetString());
        Assert.Equal("c2", (await host.NextAsync()).Is(200)["id"].GetString());
    }

    [Fact]
    public async Task A_new_resume_leaves_a_delivered_pause()
    {
        await using var host = await TestHost.StartAsync();
        await host.RunningAsync();
        await host.CommandAsync("pause", "c1");
        await host.NextAsync();

        await host.CommandAsync("resume", "c2");

        Assert.Equal("delivered", (await host.ReadCommandAsync("c1"))["status"].GetString());
    }

    [Fact]
    public async Task An_applied_command_supersedes_the_earlier_ones_that_it_overrides()
    {
        await using var host = await TestHost.StartAsync();
        await host.RunningAsync();
        await host.CommandAsync("pause", "c1");
        await host.CommandAsync("tune", "c2");
        await host.NextAsync();
        await host.NextAsync();
        await host.CommandAsync("resume", "c3");

        (await host.AckAsync("c3")).Is(200);

        Assert.Equal("superseded", (await host.ReadCommandAsync("c1"))["status"].GetString());
        Assert.Equal("delivered", (await host.ReadCommandAsync("c2"))["status"].GetString());
        host.Clock.Advance(TimeSpan.FromSeconds(31));
        Assert.Equal("c2", (await host.NextAsync()).Is(200)["id"].GetString());
        (await host.NextAsync()).Is(204);
    }

    [Fact]
    public async Task A_rejected_command_supersedes_nothing()
    {
        await using var host = await TestHost.StartAsync();
        await host.RunningAsync();
        await host.CommandAsync("pause", "c1");
        await host.NextAsync();
        await host.CommandAsync("resume", "c2");

        (await host.AckAsync("c2", """{"outcome":"rejected"}""")).Is(200);

        Assert.Equal("delivered", (await host.ReadCommandAsync("c1"))["status"].GetString());
    }

    [Fact]
    public async Task Accepting_a_terminate_supersedes_every_command_not_yet_acknowledged()
    {
        await using var host = await TestHost.StartAsync();
        await host.RunningAsync();
        await host.CommandAsync("tune", "c1");
        await host.CommandAsync("tune", "c2");
        await host.CommandAsync("pause", "c3");
        await host.NextAsync();
        await host.NextAsync();
        await host.AckAsync("c2");

        (await host.CommandAsync("terminate", "c4")).Is(202);

        var list = (await host.GetAsync("runs/r1/commands"))["commands"].EnumerateArray();
        Assert.Equal(["superseded", "applied", "superseded", "pending"], list.Select(command => command.GetProperty("status").GetString()));
        Assert.Equal("c4", (await host.NextAsync()).Is(200)["id"].GetString());
        (await host.NextAsync()).Is(204);
    }

    [Fact]
    public async Task Entering_a_terminal_state_supersedes_what_is_unacknowledged()
    {
        await using var host = await TestHost.StartAsync();
        await host.RunningAsync();
        await host.CommandAsync("tune", "c1");
        await host.CommandAsync("pause", "c2");
        await host.NextAsync();

        (await host.MoveAsync("r1", "completed")).Is(200);

        Assert.Equal("superseded", (await host.ReadCommandAsync("c1"))["status"].GetString());
        Assert.Equal("superseded", (await host.ReadCommandAsync("c2"))["status"].GetString());
    }

    private static (string? Id, int Count) Seen(Reply reply) =>
        (reply.Is(200)["id"].GetString(), reply["delivery_count"].GetInt32());
}
