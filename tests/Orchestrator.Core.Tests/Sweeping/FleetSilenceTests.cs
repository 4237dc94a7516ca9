using Orchestrator.Core.Tests.Hosting;
using Orchestrator.Storage;

namespace Orchestrator.Core.Tests.Sweeping;

/// <summary>When most of the fleet falls silent in one sweep, the marks come as always and the policy waits.</summary>
public sealed class FleetSilenceTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task The_policy_waits_for_a_grace_and_it_is_told_once(int hosts)
    {
        await using var fleet = await Fleet.StartAsync(hosts, options => options.Health.OnUnresponsive = UnresponsivePolicy.Fail);
        var beating = await fleet.StartRunsAsync(40);
        var silent = await StartMoreAsync(fleet, 60);
        await fleet.PassAsync(seconds: 45, () => fleet.BeatAsync(beating));
        var hold = Assert.Single(await fleet.FleetEventsAsync());
        Assert.Equal(new FleetSilentData(60, 100, fleet.Now.AddSeconds(45)), hold);

        await fleet.PassAsync(seconds: 130, () => fleet.BeatAsync(beating));
        foreach (var run in silent)
        {
            Assert.Equal(
                ["healthy to heartbeat_stale after 45 s", "heartbeat_stale to unresponsive after 135 s"], await fleet.HealthChangesAsync(run));
            Assert.Equal(RunState.Running, (await fleet.GetAsync(run)).State);
        }

        await fleet.BeatAsync(silent[0]);
        await fleet.PassAsync(seconds: 5, () => fleet.BeatAsync(beating));
        Assert.Equal((RunState.Running, HealthStatus.Healthy), (await fleet.GetAsync(silent[0])) is var back ? (back.State, back.HealthStatus) : default);
        foreach (var run in silent[1..])
        {
            Assert.Equal(EndReason.LostWorker, (await fleet.GetAsync(run)).EndReason);
        }

        Assert.Single(await fleet.FleetEventsAsync());
    }

    [Fact]
    public async Task A_recommendation_waits_as_well_and_comes_once()
    {
        await using var fleet = await Fleet.StartAsync(hosts: 3);
        var silent = await fleet.StartRunsAsync(50);
        await fleet.PassAsync(seconds: 175);
        Assert.Equal(0, await fleet.CountAsync(silent[0], EventType.RunTerminateRecommended));

        await fleet.PassAsync(seconds: 30);
        foreach (var run in silent)
        {
            Assert.Equal(1, await fleet.CountAsync(run, EventType.RunTerminateRecommended));
        }
    }

    [Theory]
    [InlineData(49, 0)]
    [InlineData(50, 50)]
    [InlineData(60, 60)]
    public async Task A_small_fleet_or_just_half_of_it_is_no_reason_to_wait(int silent, int beating)
    {
        await using var fleet = await Fleet.StartAsync(configure: options => options.Health.OnUnresponsive = UnresponsivePolicy.Fail);
        var alive = await fleet.StartRunsAsync(beating);
        var gone = await StartMoreAsync(fleet, silent);
        await fleet.PassAsync(seconds: 135, () => fleet.BeatAsync(alive));

        Assert.Empty(await fleet.FleetEventsAsync());
        foreach (var run in gone)
        {
            Assert.Equal(EndReason.LostWorker, (await fleet.GetAsync(run)).EndReason);
        }
    }

    [Fact]
    public async Task Runs_that_nobody_watches_are_not_of_the_fleet()
    {
        await using var fleet = await Fleet.StartAsync();
        for (var i = 0; i < 100; i++)
        {
            await fleet.CreateAsync($"queued-{i}");
        }

        await fleet.StartRunsAsync(50);
        await fleet.PassAsync(seconds: 45);

        Assert.Equal((50L, 50L), Assert.Single(await fleet.FleetEventsAsync()) is var told ? (told.Silent, told.Watched) : default);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public async Task A_host_that_comes_upon_the_rest_of_a_silent_fleet_waits_like_the_one_that_found_it(int read)
    {
        await using var fleet = await Fleet.StartAsync(hosts: 2, options => options.Health.OnUnresponsive = UnresponsivePolicy.Fail);
        var silent = await fleet.StartRunsAsync(60);
        await fleet.PassAsync(seconds: 130);

        // While one host sweeps, before it reads for this time, another marks half of the runs and stops there.
        fleet.Time.Advance(Fleet.Interval);
        var commits = 0;
        fleet.Store.OnCommit = (writes, results) => Interlocked.Increment(ref commits) > 30
            ? throw new StoreUnavailableException()
            : fleet.Store.Inner.CommitAsync(writes, results);
        var reads = 0;
        fleet.Store.OnRead = () =>
        {
            if (++reads == read)
            {
                fleet.Store.OnRead = null;
                var half = Record.Exception(() => fleet.Hosts[0].Sweeper.SweepAsync(CancellationToken.None).Wait(TestHost.Patience));
                Assert.IsType<StoreUnavailableException>(half?.InnerException);
                fleet.Store.OnCommit = null;
            }
        };
        await fleet.Hosts[1].Sweeper.SweepAsync(CancellationToken.None);
        Assert.Null(fleet.Store.OnRead);

        foreach (var run in silent)
        {
            Assert.Equal((RunState.Running, HealthStatus.Unresponsive), (await fleet.GetAsync(run)) is var held ? (held.State, held.HealthStatus) : default);
        }
    }

    [Fact]
    public async Task A_later_silence_of_the_fleet_is_told_again()
    {
        await using var fleet = await Fleet.StartAsync();
        var runs = await fleet.StartRunsAsync(50);
        await fleet.PassAsync(seconds: 45);
        await fleet.PassAsync(seconds: 300, () => fleet.BeatAsync(runs));
        await fleet.PassAsync(seconds: 45);

        Assert.Equal(2, (await fleet.FleetEventsAsync()).Length);
    }

    private static async Task<RunId[]> StartMoreAsync(Fleet fleet, int count)
    {
        var runs = new RunId[count];
        for (var i = 0; i < count; i++)
        {
            runs[i] = await fleet.StartRunAsync($"silent-{i}");
        }

        return runs;
    }
}
