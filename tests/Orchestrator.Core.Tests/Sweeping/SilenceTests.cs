using Microsoft.Extensions.Time.Testing;

namespace Orchestrator.Core.Tests.Sweeping;

/// <summary>True silence is found in time, once.</summary>
public sealed class SilenceTests
{
    private const string ToStale = "healthy to heartbeat_stale after";
    private const string ToUnresponsive = "heartbeat_stale to unresponsive after";

    [Fact]
    public async Task A_thousand_silent_runs_are_found_within_a_sweep_of_each_moment_and_once_by_three_hosts()
    {
        await using var fleet = await Fleet.StartAsync(hosts: 3);
        var runs = new List<(RunId Id, DateTimeOffset LastBeat)>();
        var random = new Random(45);
        var milliseconds = Enumerable.Range(0, 1_000).Select(_ => random.Next(60_000)).Order().ToArray();
        var start = fleet.Now;
        foreach (var at in milliseconds)
        {
            fleet.Time.Advance(start.AddMilliseconds(at) - fleet.Now);
            if (runs.Count % 50 == 0)
            {
                await fleet.SweepAsync();
            }

            runs.Add((await fleet.StartRunAsync($"run-{runs.Count}"), fleet.Now));
        }

        await fleet.SweepAsync();
        await fleet.PassAsync(seconds: 205);

        foreach (var (id, lastBeat) in runs)
        {
            var told = (await fleet.EventsOfAsync(id)).Where(told => told.Type is EventType.RunHealthChanged or EventType.RunTerminateRecommended).ToList();
            Assert.Equal([EventType.RunHealthChanged, EventType.RunHealthChanged, EventType.RunTerminateRecommended], told.Select(found => found.Type));
            var (stale, unresponsive) = ((HealthChangedData)told[0].Data, (HealthChangedData)told[1].Data);
            Assert.Equal((HealthStatus.Healthy, HealthStatus.HeartbeatStale, EventSeverity.Warning), (stale.From, stale.To, stale.Severity));
            Assert.Equal((HealthStatus.HeartbeatStale, HealthStatus.Unresponsive, EventSeverity.Critical), (unresponsive.From, unresponsive.To, unresponsive.Severity));
            Assert.Equal((told[0].Time - lastBeat, told[1].Time - lastBeat), (stale.Silence, unresponsive.Silence));
            Assert.InRange(stale.Silence.TotalSeconds, 45, 49.9999999);
            Assert.InRange(unresponsive.Silence.TotalSeconds, 135, 139.9999999);
            Assert.Equal(unresponsive.Silence, ((TerminateRecommendedData)told[2].Data).Silence);
        }

        Assert.Empty(await fleet.FleetEventsAsync());
    }

    [Fact]
    public async Task The_moment_itself_counts_and_a_microsecond_before_it_does_not()
    {
        await using var fleet = await Fleet.StartAsync();
        var run = await fleet.StartRunAsync();
        var tick = TimeSpan.FromMicroseconds(1);
        await fleet.PassAsync(seconds: 40);

        fleet.Time.Advance(Fleet.Interval - tick);
        await fleet.SweepAsync();
        Assert.Empty(await fleet.HealthChangesAsync(run));

        fleet.Time.Advance(tick);
        await fleet.SweepAsync();
        Assert.Equal([$"{ToStale} 45 s"], await fleet.HealthChangesAsync(run));

        await fleet.PassAsync(seconds: 85);
        fleet.Time.Advance(Fleet.Interval - tick);
        await fleet.SweepAsync();
        Assert.Equal(HealthStatus.HeartbeatStale, await fleet.HealthOfAsync(run));

        fleet.Time.Advance(tick);
        await fleet.SweepAsync();
        Assert.Equal([$"{ToStale} 45 s", $"{ToUnresponsive} 135 s"], await fleet.HealthChangesAsync(run));
        Assert.Equal(fleet.Now, (await fleet.GetAsync(run)).HealthChangedAt);
    }

    [Theory]
    [InlineData(RunState.Running)]
    [InlineData(RunState.Paused)]
    [InlineData(RunState.Errored)]
    public async Task A_run_that_never_sent_a_heartbeat_is_watched_from_the_moment_at_which_it_was_moved(RunState state)
    {
        await using var fleet = await Fleet.StartAsync();
        var run = await fleet.CreateAsync();
        await fleet.PassAsync(seconds: 300);
        await fleet.MoveAsync(run, state);
        await fleet.PassAsync(seconds: 135);

        Assert.Equal([$"{ToStale} 45 s", $"{ToUnresponsive} 135 s"], await fleet.HealthChangesAsync(run));
        Assert.Equal(state, (await fleet.GetAsync(run)).State);
        Assert.Equal(1, await fleet.CountAsync(run, EventType.RunTerminateRecommended));
    }

    [Fact]
    public async Task A_terminating_run_that_is_silent_is_marked_and_left_to_its_own_end()
    {
        await using var fleet = await Fleet.StartAsync(configure: options =>
        {
            options.Health.OnUnresponsive = UnresponsivePolicy.Fail;
            options.Commands.TerminateGrace = TimeSpan.FromSeconds(300);
        });
        var run = await fleet.StartRunAsync();
        await fleet.MoveAsync(run, RunState.Terminating);
        await fleet.PassAsync(seconds: 295);
        Assert.Equal([$"{ToStale} 45 s", $"{ToUnresponsive} 135 s"], await fleet.HealthChangesAsync(run));
        Assert.Equal(RunState.Terminating, (await fleet.GetAsync(run)).State);

        await fleet.PassAsync(seconds: 5);
        Assert.Equal((RunState.Terminated, EndReason.Forced), (await fleet.GetAsync(run)) is var ended ? (ended.State, ended.EndReason!.Value) : default);
        Assert.Equal(0, await fleet.CountAsync(run, EventType.RunTerminateRecommended));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(-1)]
    public async Task A_wall_clock_that_jumps_changes_nothing(int hours)
    {
        JumpingClock? clock = null;
        await using var fleet = await Fleet.StartAsync(hosts: 2, clock: time => clock = new JumpingClock(time));
        var silent = await fleet.StartRunAsync("silent");
        var beating = await fleet.StartRunAsync("beating");
        await fleet.PassAsync(seconds: 20, () => fleet.BeatAsync(beating));

        clock!.Offset = TimeSpan.FromHours(hours);
        await fleet.PassAsync(seconds: 20, () => fleet.BeatAsync(beating));
        Assert.Empty(await fleet.HealthChangesAsync(silent));

        await fleet.RestartAsync(host: 1);
        await fleet.PassAsync(seconds: 100, () => fleet.BeatAsync(beating));
        Assert.Equal([$"{ToStale} 45 s", $"{ToUnresponsive} 135 s"], await fleet.HealthChangesAsync(silent));
        Assert.Empty(await fleet.HealthChangesAsync(beating));
    }

    /// <summary>A clock whose wall can be set, while its timestamps only go on.</summary>
    private sealed class JumpingClock(FakeTimeProvider time) : TimeProvider
    {
        public TimeSpan Offset { get; set; }

        public override long TimestampFrequency => time.TimestampFrequency;

        public override DateTimeOffset GetUtcNow() => time.GetUtcNow() + Offset;

        public override long GetTimestamp() => time.GetTimestamp();

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            time.CreateTimer(callback, state, dueTime, period);
    }
}
