using Microsoft.Extensions.Time.Testing;
using Orchestrator.Core.Tests.Hosting;
using Orchestrator.Storage;

namespace Orchestrator.Core.Tests.Sweeping;

/// <summary>Our own outage is not the workers' fault, and true silence is found all the same.</summary>
public sealed class OutageTests
{
    private const string ToStale = "healthy to heartbeat_stale after";
    private const string ToUnresponsive = "heartbeat_stale to unresponsive after";

    public static TheoryData<int, bool> Outages => new(from seconds in new[] { 20, 60, 200, 600 } from isRestart in new[] { true, false } select (seconds, isRestart));

    [Theory]
    [MemberData(nameof(Outages))]
    public async Task After_an_outage_silence_counts_from_the_recovery_on(int seconds, bool isRestart)
    {
        await using var fleet = await Fleet.StartAsync();
        var silent = await fleet.StartRunAsync("silent");
        var beating = await fleet.StartRunAsync("beating");
        await fleet.PassAsync(seconds: 30, () => fleet.BeatAsync(beating));

        await BreakAsync(fleet, seconds, isRestart);
        await fleet.PassAsync(seconds: 40, () => fleet.BeatAsync(beating));
        Assert.Empty(await fleet.HealthChangesAsync(silent));

        await fleet.PassAsync(seconds: 95, () => fleet.BeatAsync(beating));
        Assert.Equal([$"{ToStale} {30 + seconds + 45} s", $"{ToUnresponsive} {30 + seconds + 135} s"], await fleet.HealthChangesAsync(silent));
        Assert.Empty(await fleet.HealthChangesAsync(beating));
    }

    [Fact]
    public async Task Whoever_was_marked_before_the_outage_is_not_marked_further_before_the_silence_after_it_is_long_enough()
    {
        await using var fleet = await Fleet.StartAsync();
        var run = await fleet.StartRunAsync();
        await fleet.PassAsync(seconds: 45);
        await BreakAsync(fleet, seconds: 200, isRestart: true);
        await fleet.PassAsync(seconds: 130);
        Assert.Equal([$"{ToStale} 45 s"], await fleet.HealthChangesAsync(run));

        await fleet.PassAsync(seconds: 5);
        Assert.Equal(HealthStatus.Unresponsive, await fleet.HealthOfAsync(run));
        Assert.Equal(1, await fleet.CountAsync(run, EventType.RunTerminateRecommended));
    }

    [Fact]
    public async Task The_grace_holds_also_where_thresholds_are_shorter()
    {
        await using var fleet = await Fleet.StartAsync(configure: options => options.Health.StaleAfter = TimeSpan.FromSeconds(10));
        await BreakAsync(fleet, seconds: 60, isRestart: true);
        var run = await fleet.StartRunAsync();
        await fleet.PassAsync(seconds: 40);
        Assert.Empty(await fleet.HealthChangesAsync(run));

        await fleet.PassAsync(seconds: 5);
        Assert.Equal([$"{ToStale} 45 s"], await fleet.HealthChangesAsync(run));
    }

    [Fact]
    public async Task A_policy_that_was_waiting_when_we_failed_waits_for_the_whole_silence_after_it()
    {
        await using var fleet = await Fleet.StartAsync(configure: options => options.Health.OnUnresponsive = UnresponsivePolicy.Fail);
        var runs = await fleet.StartRunsAsync(50);
        await fleet.PassAsync(seconds: 140);
        Assert.Equal(HealthStatus.Unresponsive, await fleet.HealthOfAsync(runs[0]));

        await BreakAsync(fleet, seconds: 200, isRestart: true);
        await fleet.PassAsync(seconds: 90);
        await fleet.BeatAsync(runs[0]);
        await fleet.PassAsync(seconds: 40);
        Assert.Equal(RunState.Running, (await fleet.GetAsync(runs[1])).State);

        await fleet.PassAsync(seconds: 5);
        Assert.Equal((RunState.Running, null), (await fleet.GetAsync(runs[0])) is var back ? (back.State, back.EndReason) : default);
        Assert.Equal(EndReason.LostWorker, (await fleet.GetAsync(runs[1])).EndReason);
    }

    [Fact]
    public async Task A_sweep_that_comes_late_concludes_nothing_and_the_next_ones_count_from_it()
    {
        await using var fleet = await Fleet.StartAsync();
        var run = await fleet.StartRunAsync();
        fleet.Time.Advance(TimeSpan.FromSeconds(120));
        await fleet.SweepAsync();
        await fleet.PassAsync(seconds: 40);
        Assert.Empty(await fleet.HealthChangesAsync(run));

        await fleet.PassAsync(seconds: 5);
        Assert.Equal([$"{ToStale} 165 s"], await fleet.HealthChangesAsync(run));
    }

    [Fact]
    public async Task A_sweep_that_is_a_little_late_is_no_outage()
    {
        await using var fleet = await Fleet.StartAsync();
        var run = await fleet.StartRunAsync();
        await fleet.PassAsync(seconds: 35);
        fleet.Time.Advance(TimeSpan.FromSeconds(15));
        await fleet.SweepAsync();

        Assert.Equal([$"{ToStale} 50 s"], await fleet.HealthChangesAsync(run));
    }

    [Fact]
    public async Task One_host_of_several_that_restarts_or_sweeps_late_changes_nothing_for_the_others()
    {
        await using var fleet = await Fleet.StartAsync(hosts: 3);
        var run = await fleet.StartRunAsync();
        await fleet.PassAsync(seconds: 30, () => fleet.RestartAsync(host: 1));
        await fleet.PassAsync(seconds: 105, () => fleet.RestartAsync(host: 2));

        Assert.Equal([$"{ToStale} 45 s", $"{ToUnresponsive} 135 s"], await fleet.HealthChangesAsync(run));
    }

    [Fact]
    public async Task A_host_that_sweeps_late_concludes_nothing_itself()
    {
        await using var fleet = await Fleet.StartAsync(hosts: 2);
        var run = await fleet.StartRunAsync();
        for (var i = 0; i < 12; i++)
        {
            // The other host keeps the mark fresh, up to the moment before the run is stale.
            fleet.Time.Advance(TimeSpan.FromSeconds(i < 8 ? 5 : 1));
            await fleet.Hosts[1].Sweeper.SweepAsync(CancellationToken.None);
        }

        fleet.Time.Advance(Fleet.Interval);
        await fleet.Hosts[0].Sweeper.SweepAsync(CancellationToken.None);
        Assert.Empty(await fleet.HealthChangesAsync(run));

        await fleet.Hosts[0].Sweeper.SweepAsync(CancellationToken.None);
        Assert.Equal([$"{ToStale} 49 s"], await fleet.HealthChangesAsync(run));
    }

    [Fact]
    public async Task A_host_whose_thread_pool_is_starved_hears_nobody_and_blames_nobody_for_it_afterwards()
    {
        StarvedClock? clock = null;
        await using var fleet = await Fleet.StartAsync(clock: time => clock = new StarvedClock(time));
        var run = await fleet.StartRunAsync();
        await fleet.PassAsync(seconds: 30);

        clock!.IsStarved = true;
        var begin = fleet.Now;
        while (fleet.Now - begin < TimeSpan.FromSeconds(60))
        {
            await fleet.SweepAsync();
        }

        clock.IsStarved = false;
        await fleet.SweepAsync();
        Assert.Empty(await fleet.HealthChangesAsync(run));

        await fleet.PassAsync(seconds: 40);
        Assert.Empty(await fleet.HealthChangesAsync(run));
        await fleet.PassAsync(seconds: 5);
        Assert.StartsWith(ToStale, Assert.Single(await fleet.HealthChangesAsync(run)), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(3)]
    [InlineData(4)]
    public async Task A_sweep_that_is_held_up_half_way_concludes_nothing_from_what_it_could_not_notice(int read)
    {
        await using var fleet = await Fleet.StartAsync();
        var silent = await fleet.StartRunAsync("silent");
        var terminating = await fleet.StartRunAsync("terminating");
        await fleet.MoveAsync(terminating, RunState.Terminating);
        await fleet.PassAsync(seconds: 40);

        // The process stands still after the sweep has found what is due, before it looks at it.
        fleet.Time.Advance(Fleet.Interval);
        var reads = 0;
        fleet.Store.OnRead = () =>
        {
            if (++reads == read)
            {
                fleet.Time.Advance(TimeSpan.FromSeconds(100));
            }
        };
        await fleet.SweepAsync();
        fleet.Store.OnRead = null;
        Assert.True(reads > read, "the sweep went on after it was held up");
        Assert.Empty(await fleet.HealthChangesAsync(silent));
        Assert.Equal(RunState.Terminating, (await fleet.GetAsync(terminating)).State);

        await fleet.SweepAsync();
        await fleet.PassAsync(seconds: 40);
        Assert.Empty(await fleet.HealthChangesAsync(silent));

        await fleet.PassAsync(seconds: 5);
        Assert.Equal([$"{ToStale} 190 s"], await fleet.HealthChangesAsync(silent));
    }

    [Theory]
    [InlineData(2)]
    [InlineData(4)]
    public async Task A_sweep_that_the_store_breaks_off_half_way_is_none(int answered)
    {
        await using var fleet = await Fleet.StartAsync();
        var run = await fleet.StartRunAsync();
        await fleet.PassAsync(seconds: 20);
        for (var i = 0; i < 12; i++)
        {
            fleet.Time.Advance(Fleet.Interval);
            var reads = 0;
            fleet.Store.OnRead = () =>
            {
                if (++reads > answered)
                {
                    throw new StoreUnavailableException();
                }
            };
            await fleet.SweepAsync();
            fleet.Store.OnRead = null;
        }

        await fleet.PassAsync(seconds: 40);
        Assert.Empty(await fleet.HealthChangesAsync(run));
    }

    [Fact]
    public async Task A_termination_and_a_start_are_given_the_time_of_an_outage()
    {
        await using var fleet = await Fleet.StartAsync();
        var terminating = await fleet.StartRunAsync("terminating");
        await fleet.MoveAsync(terminating, RunState.Terminating);
        var starting = await fleet.CreateAsync("starting");
        await fleet.MoveAsync(starting, RunState.Provisioning);
        await BreakAsync(fleet, seconds: 595, isRestart: false);

        await fleet.PassAsync(seconds: 115);
        Assert.Equal(RunState.Terminating, (await fleet.GetAsync(terminating)).State);
        await fleet.PassAsync(seconds: 5);
        Assert.Equal(EndReason.Forced, (await fleet.GetAsync(terminating)).EndReason);

        await fleet.PassAsync(seconds: 475);
        Assert.Equal(RunState.Provisioning, (await fleet.GetAsync(starting)).State);
        await fleet.PassAsync(seconds: 5);
        Assert.Equal(EndReason.StartTimeout, (await fleet.GetAsync(starting)).EndReason);
    }

    [Fact]
    public async Task A_run_that_cannot_be_written_does_not_keep_the_others_from_being_looked_at()
    {
        await using var fleet = await Fleet.StartAsync();
        var runs = await fleet.StartRunsAsync(3);
        fleet.Store.OnCommit = (writes, results) => writes.Span[0].Run == runs[0]
            ? throw new InvalidOperationException("a row that the store cannot take")
            : fleet.Store.Inner.CommitAsync(writes, results);
        await fleet.PassAsync(seconds: 45);
        Assert.Equal(
            [HealthStatus.Healthy, HealthStatus.HeartbeatStale, HealthStatus.HeartbeatStale],
            [await fleet.HealthOfAsync(runs[0]), await fleet.HealthOfAsync(runs[1]), await fleet.HealthOfAsync(runs[2])]);

        fleet.Store.OnCommit = null;
        await fleet.PassAsync(seconds: 5);
        Assert.Equal([$"{ToStale} 50 s"], await fleet.HealthChangesAsync(runs[0]));
    }

    [Fact]
    public async Task The_sweeps_of_a_host_go_on_after_one_that_failed()
    {
        await using var fleet = await Fleet.StartAsync();
        var failed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var answered = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        fleet.Store.OnRead = () =>
        {
            if (failed.TrySetResult())
            {
                throw new InvalidOperationException("whatever it is");
            }

            answered.TrySetResult();
        };

        await fleet.Host.Sweeper.StartAsync(CancellationToken.None);
        await failed.Task.WaitAsync(TestHost.Patience);
        using var patience = new CancellationTokenSource(TestHost.Patience);
        while (!answered.Task.IsCompleted)
        {
            patience.Token.ThrowIfCancellationRequested();
            fleet.Time.Advance(Fleet.Interval);
            await Task.Yield();
        }

        fleet.Store.OnRead = null;
        await fleet.Host.Sweeper.StopAsync(CancellationToken.None).WaitAsync(TestHost.Patience);
        Assert.True(fleet.Host.Sweeper.ExecuteTask?.IsCompletedSuccessfully);
    }

    private static async Task BreakAsync(Fleet fleet, int seconds, bool isRestart)
    {
        if (isRestart)
        {
            fleet.Time.Advance(TimeSpan.FromSeconds(seconds));
            await fleet.RestartAsync();
        }
        else
        {
            fleet.IsStoreDown = true;
            await fleet.PassAsync(seconds);
            fleet.IsStoreDown = false;
        }

        await fleet.SweepAsync();
    }

    /// <summary>The clock of a host whose thread pool is late with everything: between two looks at it a second and a half goes by.</summary>
    private sealed class StarvedClock(FakeTimeProvider time) : TimeProvider
    {
        public bool IsStarved { get; set; }

        public override long TimestampFrequency => time.TimestampFrequency;

        public override DateTimeOffset GetUtcNow() => time.GetUtcNow();

        public override long GetTimestamp()
        {
            time.Advance(IsStarved ? TimeSpan.FromSeconds(1.5) : TimeSpan.Zero);
            return time.GetTimestamp();
        }
    }
}
