using Microsoft.Extensions.Time.Testing;
using Orchestrator.Core.Storage;
using Orchestrator.Core.Tests.Hosting;

namespace Orchestrator.Core.Tests.Storage;

public sealed class StoreClockTests
{
    private static readonly DateTimeOffset Start = new(2026, 1, 31, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public async Task Times_are_the_stores_whatever_the_host_believes()
    {
        var storeTime = new FakeTimeProvider(Start);
        await using var host = new TestHost(new InMemoryRunStore(storeTime), new FakeTimeProvider(Start.AddYears(5)));
        var run = await host.StartAsync();

        var found = (await host.Runs.GetAsync(run)).Value;
        Assert.Equal([Start, Start, Start], [found.CreatedAt, found.StartedAt!.Value, found.LastHeartbeatAt!.Value]);
    }

    [Fact]
    public async Task Between_measurements_the_hosts_monotonic_clock_goes_on()
    {
        var storeTime = new FakeTimeProvider(Start);
        var hostTime = new FakeTimeProvider(Start.AddYears(5));
        var clock = new StoreClock(new InMemoryRunStore(storeTime), hostTime);
        Assert.Equal(Start, await clock.NowAsync(CancellationToken.None));

        hostTime.Advance(TimeSpan.FromSeconds(7));
        Assert.Equal(Start.AddSeconds(7), await clock.NowAsync(CancellationToken.None));
        storeTime.Advance(TimeSpan.FromSeconds(8));
        Assert.Equal(Start.AddSeconds(8), await clock.MeasureAsync(CancellationToken.None));
        Assert.Equal(Start.AddSeconds(8), await clock.NowAsync(CancellationToken.None));
    }

    [Fact]
    public async Task Half_of_the_way_to_the_store_and_back_is_counted_in()
    {
        var time = new FakeTimeProvider(Start);
        var store = new InterceptedStore(new InMemoryRunStore(time)) { Clock = () => Start, OnRead = () => time.Advance(TimeSpan.FromSeconds(1)) };
        Assert.Equal(Start.AddSeconds(0.5), await new StoreClock(store, time).NowAsync(CancellationToken.None));
    }

    [Fact]
    public async Task A_reading_that_took_long_is_not_trusted_and_never_puts_the_clock_ahead()
    {
        var time = new FakeTimeProvider(Start);
        var onTheWay = TimeSpan.FromSeconds(10);
        var store = new InterceptedStore(new InMemoryRunStore(time)) { Clock = () => Start, OnRead = () => time.Advance(onTheWay) };
        var clock = new StoreClock(store, time);
        Assert.Equal(Start, await clock.NowAsync(CancellationToken.None));

        onTheWay = TimeSpan.Zero;
        Assert.Equal(Start, await clock.MeasureAsync(CancellationToken.None));
        onTheWay = TimeSpan.FromSeconds(10);
        Assert.Equal(Start.AddSeconds(10), await clock.MeasureAsync(CancellationToken.None));
    }

    [Theory]
    [InlineData(+40)]
    [InlineData(-40)]
    public async Task A_jump_of_the_hosts_wall_clock_moves_nothing(int days)
    {
        var time = new JumpingTime(Start);
        var store = new InMemoryRunStore(time);
        var clock = new StoreClock(store, time);
        _ = await clock.NowAsync(CancellationToken.None);

        time.Jump = TimeSpan.FromDays(days);
        time.Steady.Advance(TimeSpan.FromSeconds(3));
        Assert.Equal(Start.AddSeconds(3), await store.GetTimeAsync(CancellationToken.None));
        Assert.Equal(Start.AddSeconds(3), await clock.NowAsync(CancellationToken.None));
        Assert.Equal(Start.AddSeconds(3), await clock.MeasureAsync(CancellationToken.None));
    }

    [Fact]
    public async Task Times_of_a_run_never_decrease_also_when_the_stores_clock_goes_back()
    {
        var time = new FakeTimeProvider(Start);
        var now = Start;
        var store = new InterceptedStore(new InMemoryRunStore(time)) { Clock = () => now };
        await using var host = new TestHost(store, time);
        var run = await host.StartAsync();
        var updates = new List<DateTimeOffset> { (await host.Runs.GetAsync(run)).Value.UpdatedAt };
        foreach (var status in new[] { RuntimeStatus.Paused, RuntimeStatus.Running, RuntimeStatus.Errored })
        {
            now -= TimeSpan.FromHours(1);
            await host.SweepAsync();
            updates.Add((await host.Heartbeats.ReportAsync(run, TestHost.Beat(run, status: status))).Value.Run.UpdatedAt);
            _ = (await host.Commands.EnqueueAsync(run, NewCommand.Terminate(TestHost.Ada, "enough"))).Value;
            updates.Add((await host.Runs.GetAsync(run)).Value.UpdatedAt);
        }

        Assert.Equal(updates.Order(), updates);
        var times = (await store.ReadEventsAsync(run, 0, 100, CancellationToken.None)).Select(told => told.Time).ToList();
        Assert.Equal(times.Order(), times);
        Assert.All(times, at => Assert.True(at >= Start));
    }

    /// <summary>A clock on whose wall side somebody turns the hands.</summary>
    private sealed class JumpingTime(DateTimeOffset start) : TimeProvider
    {
        public FakeTimeProvider Steady { get; } = new(start);

        public TimeSpan Jump { get; set; }

        public override long TimestampFrequency => Steady.TimestampFrequency;

        public override DateTimeOffset GetUtcNow() => Steady.GetUtcNow() + Jump;

        public override long GetTimestamp() => Steady.GetTimestamp();
    }
}
