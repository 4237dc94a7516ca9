using Orchestrator.Core.Tests.Hosting;

namespace Orchestrator.Core.Tests.Sweeping;

/// <summary>A run that beats and does not advance is stalled, until it advances.</summary>
public sealed class StandstillTests
{
    private static readonly HealthPolicy AfterAMinute = new(StalledAfter: TimeSpan.FromSeconds(60));

    [Fact]
    public async Task A_run_that_beats_without_an_advance_is_stalled_after_half_an_hour_once()
    {
        await using var fleet = await Fleet.StartAsync(hosts: 2);
        var run = await fleet.StartRunAsync(step: 7);
        await fleet.PassAsync(seconds: 1_795, () => fleet.BeatAsync(run, step: 7));
        Assert.Empty(await fleet.HealthChangesAsync(run));

        await fleet.PassAsync(seconds: 60, () => fleet.BeatAsync(run, step: 7));
        Assert.Equal(["healthy to stalled after 0 s"], await fleet.HealthChangesAsync(run));
        Assert.Equal(0, await fleet.CountAsync(run, EventType.RunTerminateRecommended));
    }

    [Fact]
    public async Task An_advance_clears_it_and_begins_the_time_anew()
    {
        await using var fleet = await Fleet.StartAsync();
        var run = await StallAsync(fleet);
        await fleet.BeatAsync(run, step: 8);
        await fleet.PassAsync(seconds: 55, () => fleet.BeatAsync(run, step: 8));
        Assert.Equal(["healthy to stalled after 0 s", "stalled to healthy after 0 s"], await fleet.HealthChangesAsync(run));

        await fleet.PassAsync(seconds: 5, () => fleet.BeatAsync(run, step: 8));
        Assert.Equal(HealthStatus.Stalled, await fleet.HealthOfAsync(run));
    }

    [Fact]
    public async Task Another_status_clears_it()
    {
        await using var fleet = await Fleet.StartAsync();
        var run = await StallAsync(fleet);
        await fleet.BeatAsync(run, step: 7, RuntimeStatus.Paused);
        Assert.Equal(HealthStatus.Healthy, await fleet.HealthOfAsync(run));

        await fleet.PassAsync(seconds: 120, () => fleet.BeatAsync(run, step: 7, RuntimeStatus.Paused));
        await fleet.BeatAsync(run, step: 7);
        await fleet.PassAsync(seconds: 55, () => fleet.BeatAsync(run, step: 7));
        Assert.Equal(HealthStatus.Healthy, await fleet.HealthOfAsync(run));

        await fleet.PassAsync(seconds: 5, () => fleet.BeatAsync(run, step: 7));
        Assert.Equal(HealthStatus.Stalled, await fleet.HealthOfAsync(run));
    }

    [Fact]
    public async Task A_new_attempt_clears_it()
    {
        await using var fleet = await Fleet.StartAsync();
        var run = await StallAsync(fleet);
        _ = (await fleet.Host.Runs.StartAttemptAsync(run, new AttemptRequest { Actor = TestHost.Ada, ResumeFrom = new ResumeFrom(7, 0) })).Value;
        Assert.Equal(HealthStatus.Healthy, await fleet.HealthOfAsync(run));

        await fleet.PassAsync(seconds: 100);
        await fleet.BeatAsync(run, step: 7, attempt: 2);
        await fleet.PassAsync(seconds: 55, () => fleet.BeatAsync(run, step: 7, attempt: 2));
        Assert.Equal(HealthStatus.Healthy, await fleet.HealthOfAsync(run));
    }

    [Fact]
    public async Task An_acknowledgement_and_a_heartbeat_without_an_advance_do_not_clear_it()
    {
        await using var fleet = await Fleet.StartAsync();
        var run = await StallAsync(fleet);
        await AcknowledgeAsync(fleet, run);
        await fleet.BeatAsync(run, step: 7);

        Assert.Equal(["healthy to stalled after 0 s"], await fleet.HealthChangesAsync(run));
    }

    [Theory]
    [InlineData(true, 45)]
    [InlineData(true, 135)]
    [InlineData(false, 45)]
    [InlineData(false, 135)]
    public async Task Silence_in_between_does_not_clear_it(bool isBeat, int silence)
    {
        await using var fleet = await Fleet.StartAsync();
        var run = await StallAsync(fleet);
        await fleet.PassAsync(silence);
        await (isBeat ? fleet.BeatAsync(run, step: 7) : AcknowledgeAsync(fleet, run));

        Assert.Equal("stalled to heartbeat_stale after 45 s", (await fleet.HealthChangesAsync(run))[1]);
        Assert.EndsWith($" to stalled after {silence} s", (await fleet.HealthChangesAsync(run))[^1], StringComparison.Ordinal);
        await fleet.BeatAsync(run, step: 8);
        Assert.Equal("stalled to healthy after 0 s", (await fleet.HealthChangesAsync(run))[^1]);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Silence_itself_is_no_standstill(bool isBeat)
    {
        await using var fleet = await Fleet.StartAsync();
        var run = await fleet.StartRunAsync("run", AfterAMinute, step: 7);
        await fleet.PassAsync(seconds: 55, () => fleet.BeatAsync(run, step: 7));
        await fleet.PassAsync(seconds: 300);
        await (isBeat ? fleet.BeatAsync(run, step: 7) : AcknowledgeAsync(fleet, run));
        Assert.Equal(HealthStatus.Healthy, await fleet.HealthOfAsync(run));

        await fleet.PassAsync(seconds: 5);
        await fleet.PassAsync(seconds: 50, () => fleet.BeatAsync(run, step: 7));
        Assert.Equal(HealthStatus.Healthy, await fleet.HealthOfAsync(run));

        await fleet.PassAsync(seconds: 5, () => fleet.BeatAsync(run, step: 7));
        Assert.Equal(HealthStatus.Stalled, await fleet.HealthOfAsync(run));
    }

    [Fact]
    public async Task A_run_that_was_silent_and_is_terminating_is_not_stalled()
    {
        await using var fleet = await Fleet.StartAsync();
        var run = await StallAsync(fleet);
        await fleet.PassAsync(seconds: 45);
        await fleet.MoveAsync(run, RunState.Terminating);
        await fleet.PassAsync(seconds: 45);
        await fleet.BeatAsync(run, step: 7);

        Assert.Equal("heartbeat_stale to healthy after 45 s", (await fleet.HealthChangesAsync(run))[^1]);
    }

    [Fact]
    public async Task A_run_at_step_0_is_never_stalled()
    {
        await using var fleet = await Fleet.StartAsync();
        var run = await fleet.StartRunAsync(policy: AfterAMinute);
        await fleet.PassAsync(seconds: 300, () => fleet.BeatAsync(run));

        Assert.Empty(await fleet.HealthChangesAsync(run));
    }

    [Fact]
    public async Task Zero_switches_it_off_for_the_host_and_a_run_may_differ_from_its_host()
    {
        await using var fleet = await Fleet.StartAsync(configure: options => options.Health.StalledAfter = TimeSpan.Zero);
        var off = await fleet.StartRunAsync("off", step: 7);
        var own = await fleet.StartRunAsync("own", AfterAMinute, step: 7);
        await fleet.PassAsync(seconds: 3_600, async () =>
        {
            await fleet.BeatAsync(off, step: 7);
            await fleet.BeatAsync(own, step: 7);
        });

        Assert.Empty(await fleet.HealthChangesAsync(off));
        Assert.Equal(["healthy to stalled after 0 s"], await fleet.HealthChangesAsync(own));
    }

    /// <summary>A run that beats at step 7 and was just found stalled.</summary>
    private static async Task<RunId> StallAsync(Fleet fleet)
    {
        var run = await fleet.StartRunAsync("run", AfterAMinute, step: 7);
        await fleet.PassAsync(seconds: 60, () => fleet.BeatAsync(run, step: 7));
        Assert.Equal(HealthStatus.Stalled, await fleet.HealthOfAsync(run));
        return run;
    }

    private static async Task AcknowledgeAsync(Fleet fleet, RunId run)
    {
        var command = (await fleet.Host.Commands.EnqueueAsync(run, NewCommand.Tune(TestHost.Ada, KeyValuePair.Create("learning_rate", 0.1)))).Value.Value;
        _ = (await fleet.Host.Commands.AcknowledgeAsync(run, command.Id, new Acknowledgement())).Value;
    }
}
