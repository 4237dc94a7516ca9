using Orchestrator.AspNetCore.Tests.Http;

namespace Orchestrator.AspNetCore.Tests.Commands;

/// <summary>Which commands fit: the state of a run after all unacknowledged commands, contract section 3.</summary>
public sealed class ProjectedStateTests(SharedHost shared) : IClassFixture<SharedHost>
{
    private readonly TestHost _host = shared.Host;

    [Theory]
    [InlineData("queued", "terminate")]
    [InlineData("provisioning", "pause terminate")]
    [InlineData("running", "pause tune terminate")]
    [InlineData("paused", "resume tune terminate")]
    [InlineData("errored", "terminate")]
    [InlineData("terminating", "terminate")]
    [InlineData("completed", "")]
    [InlineData("failed", "")]
    [InlineData("terminated", "")]
    public async Task A_state_takes_the_commands_that_fit_it(string state, string fitting)
    {
        foreach (var type in new[] { "pause", "resume", "tune", "terminate" })
        {
            var run = await _host.InStateAsync(state, shared.NewId());

            var reply = await _host.CommandAsync(type, run: run);

            if (fitting.Split(' ').Contains(type))
            {
                reply.Is(202);
            }
            else
            {
                Assert.Equal(state, reply.Refused(409, "invalid_state").Details.GetProperty("state").GetString());
            }
        }
    }

    [Theory]
    [InlineData("running", "pause", "resume tune")]
    [InlineData("running", "tune", "pause tune")]
    [InlineData("running", "pause resume", "pause tune")]
    [InlineData("paused", "resume", "pause tune")]
    [InlineData("paused", "resume pause", "resume tune")]
    [InlineData("provisioning", "pause", "resume tune")]
    [InlineData("provisioning", "pause resume", "pause tune")]
    [InlineData("running", "terminate", "terminate")]
    public async Task What_fits_is_judged_after_all_unacknowledged_commands(string state, string waiting, string fitting)
    {
        foreach (var type in new[] { "pause", "resume", "tune", "terminate" })
        {
            var run = await _host.InStateAsync(state, shared.NewId());
            foreach (var before in waiting.Split(' '))
            {
                (await _host.CommandAsync(before, run: run)).Is(202);
                await _host.NextAsync(run: run);
            }

            var reply = await _host.CommandAsync(type, run: run);

            _ = type == "terminate" || fitting.Split(' ').Contains(type) ? reply.Is(202) : reply.Refused(409, "invalid_state");
        }
    }

    [Fact]
    public async Task A_rejected_command_projects_nothing()
    {
        var run = await _host.InStateAsync("running", shared.NewId());
        (await _host.CommandAsync("pause", "c1", run: run)).Is(202);
        (await _host.CommandAsync("pause", run: run)).Refused(409, "invalid_state");

        (await _host.AckAsync("c1", """{"outcome":"rejected"}""", run)).Is(200);

        (await _host.CommandAsync("pause", run: run)).Is(202);
    }

    [Theory]
    [InlineData("running", "pause")]
    [InlineData("paused", "resume")]
    public async Task Once_terminating_nothing_but_a_terminate_fits_whatever_still_waits(string state, string waiting)
    {
        var run = await _host.InStateAsync(state, shared.NewId());
        (await _host.CommandAsync(waiting, run: run)).Is(202);
        (await _host.BeatAsync(run, ("status", "\"terminating\""))).Is(200);

        foreach (var type in new[] { "pause", "resume", "tune" })
        {
            (await _host.CommandAsync(type, run: run)).Refused(409, "invalid_state");
        }

        (await _host.CommandAsync("terminate", run: run)).Is(202);
    }

    [Fact]
    public async Task With_256_commands_unacknowledged_another_is_429_and_a_terminate_is_taken()
    {
        await using var host = await TestHost.StartAsync();
        await host.RunningAsync();
        for (var i = 0; i < 256; i++)
        {
            (await host.CommandAsync("tune", $"t{i}")).Is(202);
        }

        var full = (await host.CommandAsync("tune")).Refused(429, "queue_full");

        Assert.True(full.Headers.ContainsKey("Retry-After"));
        Assert.Equal(256, full.Details.GetProperty("limit").GetInt32());
        (await host.CommandAsync("tune", "t0")).Is(200);
        (await host.AckAsync("t0", """{"outcome":"rejected"}""")).Is(200);
        (await host.CommandAsync("tune")).Is(202);
        (await host.CommandAsync("terminate")).Is(202);
    }

    [Fact]
    public async Task How_many_commands_may_wait_is_an_option()
    {
        await using var host = await TestHost.StartAsync(options => options.Commands.MaxPending = 2);
        await host.RunningAsync();
        (await host.CommandAsync("tune")).Is(202);
        (await host.CommandAsync("tune")).Is(202);

        Assert.Equal(2, (await host.CommandAsync("pause")).Refused(429, "queue_full").Details.GetProperty("limit").GetInt32());
    }
}
