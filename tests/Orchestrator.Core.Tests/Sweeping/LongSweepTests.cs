using Orchestrator.Core.Tests.Hosting;
using Orchestrator.Storage;

namespace Orchestrator.Core.Tests.Sweeping;

/// <summary>A sweep that takes long is no outage as long as it gets on, and no look is dearer than what it finds.</summary>
public sealed class LongSweepTests
{
    private const int Runs = 2_500;

    [Fact]
    public async Task A_sweep_of_many_pages_that_gets_on_marks_all_that_is_due()
    {
        await using var fleet = await Fleet.StartAsync();
        await fleet.StartRunsAsync(Runs);
        await fleet.PassAsync(seconds: 40);

        // About ten seconds a page, and so less than three intervals; more than that in all.
        fleet.Store.OnCommit = SlowCommits(fleet, TimeSpan.FromMilliseconds(10));
        fleet.Time.Advance(Fleet.Interval);
        await fleet.SweepAsync();
        Assert.Equal(Runs, await CountAsync(fleet, HealthStatus.HeartbeatStale));

        fleet.Store.OnCommit = null;
        await fleet.PassAsync(seconds: 60);
        Assert.Equal(0, await CountAsync(fleet, HealthStatus.Unresponsive));

        fleet.Store.OnCommit = SlowCommits(fleet, TimeSpan.FromMilliseconds(10));
        await fleet.PassAsync(seconds: 5);
        Assert.Equal(Runs, await CountAsync(fleet, HealthStatus.Unresponsive));
    }

    [Fact]
    public async Task To_find_many_that_are_due_is_no_outage()
    {
        await using var fleet = await Fleet.StartAsync();
        await fleet.StartRunsAsync(Runs);
        await fleet.PassAsync(seconds: 40);

        // Each of the three pages is found after eight seconds.
        fleet.Time.Advance(Fleet.Interval);
        fleet.Store.OnFindDue = () => fleet.Time.Advance(TimeSpan.FromSeconds(8));
        await fleet.SweepAsync();

        Assert.Equal(Runs, await CountAsync(fleet, HealthStatus.HeartbeatStale));
    }

    [Fact]
    public async Task What_is_found_while_the_store_takes_no_commits_proves_nothing()
    {
        await using var fleet = await Fleet.StartAsync();
        await fleet.StartRunsAsync(Runs);
        await fleet.PassAsync(seconds: 40);

        fleet.Store.OnCommit = static (_, _) => throw new StoreUnavailableException();
        await fleet.PassAsync(seconds: 200);
        fleet.Store.OnCommit = null;
        await fleet.PassAsync(seconds: 5);

        Assert.Equal(0, await CountAsync(fleet, HealthStatus.Unresponsive));
    }

    [Fact]
    public async Task A_page_that_hangs_is_an_outage_for_all_that_comes_after_it()
    {
        await using var fleet = await Fleet.StartAsync();
        await fleet.StartRunsAsync(Runs);
        await fleet.PassAsync(seconds: 40);

        fleet.Time.Advance(Fleet.Interval);
        fleet.Store.OnCommit = SlowCommits(fleet, TimeSpan.FromMilliseconds(20));
        await fleet.SweepAsync();
        var marked = await CountAsync(fleet, HealthStatus.HeartbeatStale);
        Assert.InRange(marked, 700, 800);

        fleet.Store.OnCommit = null;
        await fleet.PassAsync(seconds: 40);
        Assert.Equal(marked, await CountAsync(fleet, HealthStatus.HeartbeatStale));

        await fleet.PassAsync(seconds: 5);
        Assert.Equal(Runs, await CountAsync(fleet, HealthStatus.HeartbeatStale));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    public async Task A_host_that_is_held_up_takes_no_mark_of_the_others_back(int read)
    {
        await using var fleet = await Fleet.StartAsync(hosts: 2);
        var run = await fleet.StartRunAsync();
        await fleet.PassAsync(seconds: 15);

        fleet.Time.Advance(Fleet.Interval);
        var reads = 0;
        fleet.Store.OnRead = () =>
        {
            if (++reads == read)
            {
                fleet.Store.OnRead = null;
                for (var i = 0; i < 4; i++)
                {
                    Assert.True(fleet.Hosts[1].Sweeper.SweepAsync(CancellationToken.None).Wait(TestHost.Patience));
                    fleet.Time.Advance(Fleet.Interval);
                }
            }
        };
        await fleet.Hosts[0].Sweeper.SweepAsync(CancellationToken.None);
        Assert.Null(fleet.Store.OnRead);

        await fleet.SweepAsync();
        await fleet.PassAsync(seconds: 5);
        Assert.Equal(["healthy to heartbeat_stale after 45 s"], await fleet.HealthChangesAsync(run));
    }

    [Fact]
    public async Task What_is_due_and_cannot_be_concluded_costs_no_look_at_the_run()
    {
        await using var fleet = await Fleet.StartAsync();
        await fleet.StartRunsAsync(40);
        fleet.Time.Advance(TimeSpan.FromSeconds(120));
        await fleet.SweepAsync();

        fleet.Time.Advance(Fleet.Interval);
        var reads = 0;
        fleet.Store.OnRead = () => reads++;
        var commits = fleet.Store.Commits;
        await fleet.Host.Sweeper.SweepAsync(CancellationToken.None);
        fleet.Store.OnRead = null;

        // The clock twice, what is due, and the mark read and written.
        Assert.Equal((5, 0), (reads, fleet.Store.Commits - commits));
    }

    private static Func<ReadOnlyMemory<RunWrite>, Memory<CommitResult>, ValueTask> SlowCommits(Fleet fleet, TimeSpan each) =>
        (writes, results) =>
        {
            fleet.Time.Advance(each);
            return fleet.Store.Inner.CommitAsync(writes, results);
        };

    private static async Task<long> CountAsync(Fleet fleet, HealthStatus health) =>
        (await fleet.Store.CountAsync(CancellationToken.None)).Where(count => count.Health == health).Sum(count => count.Count);
}
