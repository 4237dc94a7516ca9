using Orchestrator.AspNetCore.Tests.Http;

namespace Orchestrator.AspNetCore.Tests.Heartbeats;

/// <summary>Where a heartbeat moves a run: contract section 2, below the table.</summary>
public sealed class HeartbeatStateTests(SharedHost shared) : IClassFixture<SharedHost>
{
    private readonly TestHost _host = shared.Host;

    [Theory]
    [InlineData("queued", "running", "running")]
    [InlineData("queued", "paused", "paused")]
    [InlineData("queued", "terminating", "terminating")]
    [InlineData("queued", "errored", "errored")]
    [InlineData("provisioning", "running", "running")]
    [InlineData("provisioning", "paused", "paused")]
    [InlineData("provisioning", "terminating", "terminating")]
    [InlineData("provisioning", "errored", "errored")]
    [InlineData("running", "running", "running")]
    [InlineData("running", "paused", "paused")]
    [InlineData("running", "terminating", "terminating")]
    [InlineData("running", "errored", "errored")]
    [InlineData("paused", "running", "running")]
    [InlineData("paused", "paused", "paused")]
    [InlineData("paused", "terminating", "terminating")]
    [InlineData("paused", "errored", "errored")]
    [InlineData("errored", "running", "running")]
    [InlineData("errored", "paused", "paused")]
    [InlineData("errored", "terminating", "terminating")]
    [InlineData("errored", "errored", "errored")]
    [InlineData("terminating", "running", "terminating")]
    [InlineData("terminating", "paused", "terminating")]
    [InlineData("terminating", "terminating", "terminating")]
    [InlineData("terminating", "errored", "terminating")]
    public async Task State_moves_as_the_worker_reports_it(string from, string status, string to)
    {
        var run = shared.NewId();
        await _host.InStateAsync(from, run);
        var before = await TransitionsAsync(run);

        var reply = (await _host.BeatAsync(run, ("status", $"\"{status}\""))).Is(200);

        Assert.Equal(to, reply["state"].GetString());
        Assert.Equal(status, reply["runtime_status"].GetString());
        Assert.Equal("healthy", reply["health_status"].GetString());
        Assert.Equal(10, reply["current_step"].GetInt64());
        var after = await TransitionsAsync(run);
        Assert.Equal(from == to ? before : [.. before, $"{from} {to} worker"], after);
    }

    [Theory]
    [InlineData("completed", "completed")]
    [InlineData("failed", "failed")]
    [InlineData("terminated", "terminated")]
    public async Task A_terminal_run_takes_no_heartbeat(string state, string endReason)
    {
        var run = await _host.InStateAsync(state, shared.NewId());

        var reply = (await _host.BeatAsync(run)).Refused(409, "run_ended");

        Assert.Equal(state, reply.Details.GetProperty("state").GetString());
        Assert.Equal(endReason, reply.Details.GetProperty("end_reason").GetString());
        Assert.Equal(0, (await _host.GetAsync($"runs/{run}"))["heartbeats"].GetInt64());
    }

    private async Task<string[]> TransitionsAsync(string run) =>
    [
        .. (await _host.GetAsync($"runs/{run}/transitions")).Is(200)["transitions"].EnumerateArray()
            .Select(step => $"{step.GetProperty("from_state").GetString()} {step.GetProperty("to_state").GetString()} {step.GetProperty("changed_by").GetString()}"),
    ];
}
