using Orchestrator.Core.Tests.Hosting;
using Orchestrator.Core.Tests.Sweeping;

namespace Orchestrator.Core.Tests.Runs;

/// <summary>A person gives a run more time.</summary>
public sealed class SnoozeTests
{
    [Fact]
    public async Task Nobody_is_escalated_until_then_and_right_after_it()
    {
        await using var fleet = await Fleet.StartAsync(hosts: 2);
        var run = await fleet.StartRunAsync();
        var snoozed = await SnoozeAsync(fleet, run, seconds: 300);
        Assert.Equal(fleet.Now.AddSeconds(300), snoozed.SnoozedUntil);
        await fleet.PassAsync(seconds: 295);
        Assert.Empty(await fleet.HealthChangesAsync(run));

        await fleet.PassAsync(seconds: 5);
        Assert.Equal(
            ["healthy to heartbeat_stale after 300 s", "heartbeat_stale to unresponsive after 300 s"], await fleet.HealthChangesAsync(run));
        Assert.Equal(1, await fleet.CountAsync(run, EventType.RunTerminateRecommended));
    }

    [Fact]
    public async Task A_run_that_is_stale_already_goes_no_further()
    {
        await using var fleet = await Fleet.StartAsync();
        var run = await fleet.StartRunAsync();
        await fleet.PassAsync(seconds: 45);
        await SnoozeAsync(fleet, run, seconds: 200);
        await fleet.PassAsync(seconds: 195);
        Assert.Equal(HealthStatus.HeartbeatStale, await fleet.HealthOfAsync(run));

        await fleet.PassAsync(seconds: 5);
        Assert.Equal(HealthStatus.Unresponsive, await fleet.HealthOfAsync(run));
    }

    [Fact]
    public async Task A_policy_that_waits_waits_on()
    {
        await using var fleet = await Fleet.StartAsync(configure: options => options.Health.OnUnresponsive = UnresponsivePolicy.Fail);
        var runs = await fleet.StartRunsAsync(50);
        await fleet.PassAsync(seconds: 150);
        await SnoozeAsync(fleet, runs[0], seconds: 100);
        await fleet.PassAsync(seconds: 95);
        Assert.Equal((RunState.Running, RunState.Failed), ((await fleet.GetAsync(runs[0])).State, (await fleet.GetAsync(runs[1])).State));

        await fleet.PassAsync(seconds: 5);
        Assert.Equal(RunState.Failed, (await fleet.GetAsync(runs[0])).State);
    }

    [Fact]
    public async Task What_else_becomes_due_meanwhile_is_done_and_nothing_is_concluded()
    {
        await using var fleet = await Fleet.StartAsync(configure: options => options.Health.OnUnresponsive = UnresponsivePolicy.Fail);
        var running = (await fleet.StartRunsAsync(50))[0];
        var starting = await fleet.CreateAsync("starting");
        await fleet.MoveAsync(starting, RunState.Provisioning);
        RunId[] runs = [running, starting];
        await fleet.PassAsync(seconds: 150);
        foreach (var run in runs)
        {
            await SnoozeAsync(fleet, run, seconds: 1_000);
            _ = (await fleet.Host.Commands.EnqueueAsync(run, NewCommand.Pause(TestHost.Ada) with { ExpiresAt = fleet.Now.AddSeconds(800) })).Value;
        }

        await fleet.PassAsync(seconds: 900);
        Assert.Equal([RunState.Running, RunState.Provisioning], [(await fleet.GetAsync(running)).State, (await fleet.GetAsync(starting)).State]);
        foreach (var run in runs)
        {
            Assert.Equal(1, await fleet.CountAsync(run, EventType.CommandExpired));
        }

        await fleet.PassAsync(seconds: 100);
        Assert.Equal(
            [EndReason.LostWorker, EndReason.StartTimeout], [(await fleet.GetAsync(running)).EndReason, (await fleet.GetAsync(starting)).EndReason]);
    }

    [Fact]
    public async Task A_run_that_is_healthy_when_it_is_over_is_watched_as_before()
    {
        await using var fleet = await Fleet.StartAsync();
        var run = await fleet.StartRunAsync(policy: new HealthPolicy(StalledAfter: TimeSpan.FromSeconds(150)), step: 7);
        await SnoozeAsync(fleet, run, seconds: 100);
        await fleet.PassAsync(seconds: 145, () => fleet.BeatAsync(run, step: 7));
        Assert.Empty(await fleet.HealthChangesAsync(run));

        await fleet.PassAsync(seconds: 5, () => fleet.BeatAsync(run, step: 7));
        Assert.Equal(["healthy to stalled after 0 s"], await fleet.HealthChangesAsync(run));
        var stalled = Assert.Single((await fleet.EventsOfAsync(run)).Select(told => told.Data).OfType<HealthChangedData>());
        Assert.Equal((TimeSpan.Zero, TimeSpan.FromSeconds(150)), (stalled.Silence, stalled.Standstill));
        await fleet.PassAsync(seconds: 45);
        Assert.Equal(HealthStatus.HeartbeatStale, await fleet.HealthOfAsync(run));
        Assert.Null(Assert.IsType<HealthChangedData>((await fleet.EventsOfAsync(run))[^1].Data).Standstill);
    }

    [Fact]
    public async Task It_gives_a_start_more_time_too()
    {
        await using var fleet = await Fleet.StartAsync();
        var run = await fleet.CreateAsync();
        await SnoozeAsync(fleet, run, seconds: 700);
        await fleet.MoveAsync(run, RunState.Provisioning);
        await fleet.PassAsync(seconds: 695);
        Assert.Equal(RunState.Provisioning, (await fleet.GetAsync(run)).State);

        await fleet.PassAsync(seconds: 5);
        Assert.Equal(EndReason.StartTimeout, (await fleet.GetAsync(run)).EndReason);
    }

    [Fact]
    public async Task It_does_not_put_off_a_termination()
    {
        await using var fleet = await Fleet.StartAsync();
        var run = await fleet.StartRunAsync();
        await SnoozeAsync(fleet, run, seconds: 3_600);
        _ = (await fleet.Host.Commands.EnqueueAsync(run, NewCommand.Terminate(TestHost.Ada, "enough"))).Value;
        await fleet.PassAsync(seconds: 120);

        Assert.Equal(EndReason.Forced, (await fleet.GetAsync(run)).EndReason);
        Assert.Empty(await fleet.HealthChangesAsync(run));
    }

    [Fact]
    public async Task Zero_seconds_or_a_time_that_has_passed_ends_it()
    {
        await using var fleet = await Fleet.StartAsync();
        var (zero, past) = (await fleet.StartRunAsync("zero"), await fleet.StartRunAsync("past"));
        await SnoozeAsync(fleet, zero, seconds: 300);
        await SnoozeAsync(fleet, past, seconds: 300);
        await fleet.PassAsync(seconds: 100);
        Assert.Null((await SnoozeAsync(fleet, zero, seconds: 0)).SnoozedUntil);
        Assert.Null((await fleet.Host.Runs.SnoozeAsync(past, Request with { Until = fleet.Now.AddSeconds(-1) })).Value.Value.SnoozedUntil);

        await fleet.SweepAsync();
        Assert.Equal(["healthy to heartbeat_stale after 100 s"], await fleet.HealthChangesAsync(zero));
        Assert.Equal(["healthy to heartbeat_stale after 100 s"], await fleet.HealthChangesAsync(past));
    }

    [Fact]
    public async Task It_is_told_and_audited_and_a_call_that_is_sent_again_has_the_effect_of_once()
    {
        await using var fleet = await Fleet.StartAsync();
        var run = await fleet.StartRunAsync();
        var keyed = new CallContext { IdempotencyKey = "more" };
        var request = Request with { For = TimeSpan.FromSeconds(300) };
        var until = fleet.Now.AddSeconds(300);
        Assert.Equal(Effect.Done, (await fleet.Host.Runs.SnoozeAsync(run, request, keyed)).Value.Effect);
        fleet.Time.Advance(Fleet.Interval);
        var again = (await fleet.Host.Runs.SnoozeAsync(run, request, keyed)).Value;

        Assert.Equal((Effect.Replayed, until), (again.Effect, again.Value.SnoozedUntil));
        var told = Assert.Single(await fleet.EventsOfAsync(run), told => told.Type == EventType.RunSnoozed);
        Assert.Equal(new SnoozedData(until, "a long checkpoint", TestHost.Ada), told.Data);
        var entry = Assert.Single((await fleet.Host.Audit.ListAsync(run)).Value.Items, entry => entry.Action != "run.create");
        Assert.Equal(("run.snooze", "ada"), (entry.Action, entry.ActorId));
        Assert.True((await fleet.Host.Audit.VerifyAsync(run)).Value.Valid);
        Assert.Equal(RefusalCode.IdempotencyKeyReused, (await fleet.Host.Runs.SnoozeAsync(run, request with { For = TimeSpan.Zero }, keyed)).Refusal?.Code);
    }

    [Fact]
    public async Task A_run_that_has_ended_or_never_was_is_refused()
    {
        await using var fleet = await Fleet.StartAsync();
        var run = await fleet.StartRunAsync();
        await fleet.MoveAsync(run, RunState.Completed);
        var request = Request with { For = TimeSpan.FromSeconds(1) };

        Assert.Equal(RefusalCode.RunEnded, (await fleet.Host.Runs.SnoozeAsync(run, request)).Refusal?.Code);
        Assert.Equal(RefusalCode.RunNotFound, (await fleet.Host.Runs.SnoozeAsync(RunId.Parse("none"), request)).Refusal?.Code);
    }

    private static SnoozeRequest Request { get; } = new() { Reason = "a long checkpoint", Actor = TestHost.Ada };

    private static async Task<Run> SnoozeAsync(Fleet fleet, RunId run, int seconds) =>
        (await fleet.Host.Runs.SnoozeAsync(run, Request with { For = TimeSpan.FromSeconds(seconds) })).Value.Value;
}
