using Orchestrator.Core.Tests.Hosting;

namespace Orchestrator.Core.Tests.Sweeping;

/// <summary>A run is healthy again with its next sign of life.</summary>
public sealed class SignOfLifeTests
{
    [Theory]
    [InlineData(45, "heartbeat_stale")]
    [InlineData(135, "unresponsive")]
    public async Task A_heartbeat_makes_it_healthy_and_it_is_told_once(int silence, string before)
    {
        await using var fleet = await Fleet.StartAsync(hosts: 3);
        var run = await fleet.StartRunAsync();
        await fleet.PassAsync(silence);
        await fleet.BeatAsync(run);
        await fleet.PassAsync(seconds: 40);
        await fleet.BeatAsync(run);

        Assert.Equal($"{before} to healthy after {silence} s", (await fleet.HealthChangesAsync(run))[^1]);
        await fleet.PassAsync(seconds: 45);
        Assert.Equal("healthy to heartbeat_stale after 45 s", (await fleet.HealthChangesAsync(run))[^1]);
        Assert.Equal(silence == 45 ? 3 : 4, (await fleet.HealthChangesAsync(run)).Length);
    }

    [Theory]
    [InlineData(AckOutcome.Applied)]
    [InlineData(AckOutcome.Rejected)]
    public async Task An_acknowledgement_makes_it_healthy_and_counts_as_a_sign(AckOutcome outcome)
    {
        await using var fleet = await Fleet.StartAsync();
        var run = await fleet.StartRunAsync();
        var command = (await fleet.Host.Commands.EnqueueAsync(run, NewCommand.Pause(TestHost.Ada))).Value.Value;
        await fleet.PassAsync(seconds: 135);
        _ = (await fleet.Host.Commands.AcknowledgeAsync(run, command.Id, new Acknowledgement { Outcome = outcome })).Value;
        _ = (await fleet.Host.Commands.AcknowledgeAsync(run, command.Id, new Acknowledgement { Outcome = outcome })).Value;
        Assert.Equal("unresponsive to healthy after 135 s", (await fleet.HealthChangesAsync(run))[^1]);

        await fleet.PassAsync(seconds: 40);
        Assert.Equal(3, (await fleet.HealthChangesAsync(run)).Length);
        await fleet.PassAsync(seconds: 5);
        Assert.Equal("healthy to heartbeat_stale after 45 s", (await fleet.HealthChangesAsync(run))[^1]);
    }

    [Theory]
    [InlineData(RunState.Paused)]
    [InlineData(RunState.Errored)]
    [InlineData(RunState.Terminating)]
    public async Task Entering_a_watched_state_makes_it_healthy(RunState state)
    {
        await using var fleet = await Fleet.StartAsync();
        var run = await fleet.StartRunAsync();
        await fleet.PassAsync(seconds: 45);
        await fleet.MoveAsync(run, state);

        Assert.Equal("heartbeat_stale to healthy after 45 s", (await fleet.HealthChangesAsync(run))[^1]);
        await fleet.PassAsync(seconds: 45);
        Assert.Equal(HealthStatus.HeartbeatStale, await fleet.HealthOfAsync(run));
    }

    [Fact]
    public async Task A_heartbeat_that_is_refused_is_no_sign_of_life()
    {
        await using var fleet = await Fleet.StartAsync();
        var run = await fleet.StartRunAsync(step: 7);
        await fleet.PassAsync(seconds: 45, async () =>
            Assert.Equal(RefusalCode.StepRegression, (await fleet.Host.Heartbeats.ReportAsync(run, TestHost.Beat(run, step: 6))).Refusal?.Code));

        Assert.Equal(HealthStatus.HeartbeatStale, await fleet.HealthOfAsync(run));
    }
}
