using Orchestrator.AspNetCore.Tests.Http;

namespace Orchestrator.AspNetCore.Tests.Commands;

/// <summary><c>terminating</c> ends, always: contract section 3.</summary>
public sealed class TerminationTests
{
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(120);
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(15);

    [Theory]
    [InlineData("provisioning")]
    [InlineData("running")]
    [InlineData("paused")]
    [InlineData("errored")]
    public async Task Accepting_a_terminate_moves_an_active_run_to_terminating_at_once(string state)
    {
        await using var host = await TestHost.StartAsync();
        await host.InStateAsync(state);

        (await host.CommandAsync("terminate", "c1")).Is(202);

        Assert.Equal("terminating", await host.StateAsync());
        var last = (await host.GetAsync("runs/r1/transitions"))["transitions"].EnumerateArray().Last();
        Assert.Equal("ada", last.GetProperty("changed_by").GetString());
        Assert.Equal("enough", last.GetProperty("reason").GetString());
    }

    [Fact]
    public async Task Accepting_a_terminate_ends_a_queued_run_at_once()
    {
        await using var host = await TestHost.StartAsync();
        await host.CreateRunAsync();

        Assert.Equal("applied", (await host.CommandAsync("terminate", "c1")).Is(202)["status"].GetString());

        var run = await host.GetAsync("runs/r1");
        Assert.Equal("terminated", run["state"].GetString());
        Assert.Equal("terminated", run["end_reason"].GetString());
    }

    [Theory]
    [InlineData(null, "terminated", "applied")]
    [InlineData("""{"outcome":"rejected"}""", "forced", "rejected")]
    [InlineData("", "forced", "applied")]
    public async Task The_run_is_terminated_a_grace_after_the_last_sign_of_life(string? ack, string endReason, string status)
    {
        await using var host = await TestHost.StartAsync();
        await host.InStateAsync("running", "earlier");
        await host.CommandAsync("terminate", run: "earlier");
        await host.PassAsync(TimeSpan.FromSeconds(10));
        await host.RunningAsync();
        (await host.CommandAsync("terminate", "c1")).Is(202);
        if (ack != "")
        {
            (await host.AckAsync("c1", ack)).Is(200);
        }

        await host.PassAsync(Grace - TimeSpan.FromSeconds(1));
        await EndedAsync(host, "earlier");
        Assert.Equal("terminating", await host.StateAsync());
        await host.PassAsync(TimeSpan.FromSeconds(6));

        var run = await EndedAsync(host);
        Assert.Equal(endReason, run["end_reason"].GetString());
        Assert.Equal(status, (await host.ReadCommandAsync("c1"))["status"].GetString());
        Assert.Equal("orchestrator", (await host.GetAsync("runs/r1/transitions"))["transitions"].EnumerateArray().Last().GetProperty("changed_by").GetString());
        (await host.NextAsync()).Refused(409, "run_ended");
    }

    [Fact]
    public async Task Each_heartbeat_gives_another_grace()
    {
        await using var host = await TestHost.StartAsync();
        await host.InStateAsync("running", "silent");
        await host.RunningAsync();
        await host.CommandAsync("terminate", run: "silent");
        await host.CommandAsync("terminate");

        await host.PassAsync(TimeSpan.FromSeconds(100));
        Assert.Equal("terminating", (await host.BeatAsync("r1", ("step", "11"))).Is(200)["state"].GetString());
        await host.PassAsync(TimeSpan.FromSeconds(100));
        await EndedAsync(host, "silent");

        Assert.Equal("terminating", await host.StateAsync());
        await host.PassAsync(TimeSpan.FromSeconds(25));
        Assert.Equal("forced", (await EndedAsync(host))["end_reason"].GetString());
    }

    [Fact]
    public async Task The_limit_ends_a_run_whose_worker_goes_on_beating()
    {
        await using var host = await TestHost.StartAsync();
        await host.RunningAsync();
        await host.CommandAsync("terminate");
        var accepted = host.Clock.GetUtcNow();

        while (host.Clock.GetUtcNow() + Grace < accepted + Limit)
        {
            await host.PassAsync(TimeSpan.FromSeconds(100));
            (await host.BeatAsync()).Is(200);
        }

        await host.PassAsync(accepted + Limit + TimeSpan.FromSeconds(5) - host.Clock.GetUtcNow());
        Assert.Equal("forced", (await EndedAsync(host))["end_reason"].GetString());
    }

    [Fact]
    public async Task Another_terminate_gives_no_other_grace()
    {
        await using var host = await TestHost.StartAsync();
        await host.RunningAsync();
        await host.CommandAsync("terminate", "c1");
        await host.PassAsync(TimeSpan.FromSeconds(100));

        (await host.CommandAsync("terminate", "c2")).Is(202);

        Assert.Equal("superseded", (await host.ReadCommandAsync("c1"))["status"].GetString());
        await host.PassAsync(TimeSpan.FromSeconds(25));
        await EndedAsync(host);
    }

    [Theory]
    [InlineData("completed", "superseded")]
    [InlineData("failed", "superseded")]
    [InlineData("terminated", "applied")]
    public async Task The_worker_may_end_the_run_itself(string to, string status)
    {
        await using var host = await TestHost.StartAsync();
        await host.RunningAsync();
        await host.CommandAsync("terminate", "c1");

        Assert.Equal(to, (await host.MoveAsync("r1", to)).Is(200)["end_reason"].GetString());

        Assert.Equal(status, (await host.ReadCommandAsync("c1"))["status"].GetString());
    }

    [Fact]
    public async Task The_end_releases_the_poll_that_waits()
    {
        await using var host = await TestHost.StartAsync();
        await host.RunningAsync();
        await host.CommandAsync("terminate", "c1");
        await host.AckAsync("c1");
        var poll = host.NextAsync("?wait=60");
        await host.Parked.AreAsync(1);

        (await host.MoveAsync("r1", "terminated")).Is(200);

        (await poll.WaitAsync(TimeSpan.FromSeconds(30))).Refused(409, "run_ended");
    }

    private static Task<Reply> EndedAsync(TestHost host, string run = "r1") =>
        host.EventuallyAsync($"runs/{run}", reply => reply["state"].GetString() == "terminated");
}
