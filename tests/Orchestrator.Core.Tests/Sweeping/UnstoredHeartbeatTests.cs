using Orchestrator.Core.Tests.Hosting;
using Orchestrator.Storage;

namespace Orchestrator.Core.Tests.Sweeping;

/// <summary>A store that answers to reads and notes proves nothing while heartbeats do not get into it.</summary>
public sealed class UnstoredHeartbeatTests
{
    public static TheoryData<int, int> Failures => new(from seconds in new[] { 50, 200 } from maxBatch in new[] { 1, 8 } select (seconds, maxBatch));

    [Theory]
    [MemberData(nameof(Failures))]
    public async Task Nobody_is_blamed_for_heartbeats_that_the_store_did_not_take(int seconds, int maxBatch)
    {
        await using var fleet = await Fleet.StartAsync(maxBatch: maxBatch);
        var run = await fleet.StartRunAsync();
        fleet.Store.OnCommit = (writes, results) => writes.Span[0].Heartbeat is null
            ? fleet.Store.Inner.CommitAsync(writes, results)
            : throw new StoreUnavailableException();
        await fleet.PassAsync(seconds, async () =>
            Assert.Equal(RefusalCode.StoreUnavailable, (await fleet.Host.Heartbeats.ReportAsync(run, TestHost.Beat(run))).Refusal?.Code));

        fleet.Store.OnCommit = null;
        await fleet.PassAsync(seconds: 40);
        Assert.Empty(await fleet.HealthChangesAsync(run));

        await fleet.PassAsync(seconds: 30);
        Assert.Equal(HealthStatus.HeartbeatStale, await fleet.HealthOfAsync(run));
    }

    [Theory]
    [InlineData(50)]
    [InlineData(200)]
    public async Task Nobody_is_blamed_for_heartbeats_that_hang(int seconds)
    {
        await using var fleet = await Fleet.StartAsync(maxBatch: 8);
        var silent = await fleet.StartRunAsync("silent");
        var beating = await fleet.StartRunAsync("beating");
        var answer = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        fleet.Store.OnCommit = async (writes, results) =>
        {
            if (writes.Span[0].Heartbeat is not null)
            {
                await answer.Task;
            }

            await fleet.Store.Inner.CommitAsync(writes, results);
        };
        var beat = fleet.BeatAsync(beating);
        await fleet.PassAsync(seconds);

        fleet.Store.OnCommit = null;
        answer.SetResult();
        await beat.WaitAsync(TestHost.Patience);
        await fleet.PassAsync(seconds: 40);
        Assert.Empty(await fleet.HealthChangesAsync(silent));

        await fleet.PassAsync(seconds: 10);
        Assert.Equal(HealthStatus.HeartbeatStale, await fleet.HealthOfAsync(silent));
    }

    [Fact]
    public async Task A_look_during_which_heartbeats_begin_to_fail_leaves_no_mark()
    {
        await using var fleet = await Fleet.StartAsync();
        var run = await fleet.StartRunAsync();
        await fleet.PassAsync(seconds: 5);
        var before = await fleet.Store.ReadNoteAsync("sweep", CancellationToken.None);

        fleet.Time.Advance(Fleet.Interval);
        fleet.Store.OnFindDue = () => fleet.Store.OnRead = () =>
        {
            fleet.Store.OnRead = null;
            fleet.Store.OnCommit = static (_, _) => throw new StoreUnavailableException();
            Assert.True(Task.Run(() => fleet.Host.Heartbeats.ReportAsync(run, TestHost.Beat(run)).AsTask()).Wait(TestHost.Patience));
        };
        await fleet.SweepAsync();
        fleet.Store.OnFindDue = null;

        Assert.Equal(before, await fleet.Store.ReadNoteAsync("sweep", CancellationToken.None));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(8)]
    public async Task A_heartbeat_that_failed_puts_nothing_off_once_another_was_stored(int maxBatch)
    {
        await using var fleet = await Fleet.StartAsync(maxBatch: maxBatch);
        var (silent, beating) = (await fleet.StartRunAsync("silent"), await fleet.StartRunAsync("beating"));
        for (var seconds = 0; seconds < 140; seconds += 5)
        {
            fleet.Store.OnCommit = (_, _) => throw new StoreUnavailableException();
            Assert.Equal(RefusalCode.StoreUnavailable, (await fleet.Host.Heartbeats.ReportAsync(beating, TestHost.Beat(beating))).Refusal?.Code);
            fleet.Store.OnCommit = null;
            await fleet.BeatAsync(beating);
            await fleet.PassAsync(seconds: 5);
        }

        Assert.Equal(HealthStatus.Unresponsive, await fleet.HealthOfAsync(silent));
    }

    [Fact]
    public async Task A_fleet_whose_workers_are_all_dead_is_noticed_in_time()
    {
        await using var fleet = await Fleet.StartAsync(maxBatch: 8);
        var run = await fleet.StartRunAsync();
        await fleet.PassAsync(seconds: 135);

        Assert.Equal(
            ["healthy to heartbeat_stale after 45 s", "heartbeat_stale to unresponsive after 135 s"], await fleet.HealthChangesAsync(run));
    }
}
