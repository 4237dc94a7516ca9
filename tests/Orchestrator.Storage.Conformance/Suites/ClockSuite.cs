namespace Orchestrator.Storage.Conformance;

/// <summary>The store's clock, which all times of runs are on (<see cref="IRunStore.GetTimeAsync"/>).</summary>
public abstract class ClockSuite(IStoreFactory stores) : StoreSuite(stores)
{
    [Fact]
    public async Task The_clock_goes_on_and_never_back()
    {
        var first = await NowAsync(Store);
        var last = first;
        for (var reads = 0; reads < 100 || last == first; reads++)
        {
            Assert.True(reads < 10_000_000, "the clock stands still");
            var now = await NowAsync(Store);
            Assert.True(now >= last);
            last = now;
        }
    }

    [Fact]
    public async Task Every_host_reads_the_same_clock()
    {
        var hosts = await OpenAsync(3);
        var last = await NowAsync(Store);
        for (var reads = 0; reads < 60; reads++)
        {
            var now = await NowAsync(hosts[reads % hosts.Length]);
            Assert.True(now >= last);
            last = now;
        }
    }

    [Fact]
    public async Task Times_are_in_whole_microseconds()
    {
        for (var reads = 0; reads < 20; reads++)
        {
            Assert.Equal(0, (await NowAsync(Store)).UtcTicks % TimeSpan.TicksPerMicrosecond);
        }
    }

    [Fact]
    public async Task A_time_of_the_clock_reads_back_as_it_was()
    {
        var now = await NowAsync(Store);
        await Store.StoreAsync(Creation(Head("run") with { CreatedAt = now, ChangedAt = now, DueAt = now }));

        Assert.Equal((now, now, now), (await Store.LoadAsync("run"))!.Head is var head ? (head.CreatedAt, head.ChangedAt, head.DueAt!.Value) : default);
    }

    private static ValueTask<DateTimeOffset> NowAsync(IRunStore store) => store.GetTimeAsync(CancellationToken.None);
}
