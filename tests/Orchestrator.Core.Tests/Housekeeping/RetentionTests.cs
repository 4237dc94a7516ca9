using Orchestrator.Core.Tests.Hosting;
using Orchestrator.Core.Tests.Sweeping;
using Orchestrator.Storage;

namespace Orchestrator.Core.Tests.Housekeeping;

/// <summary>A run that ended is kept for as long as the options say.</summary>
public sealed class RetentionTests
{
    [Fact]
    public async Task A_run_that_ended_is_dropped_with_all_that_belongs_to_it_when_its_time_is_over()
    {
        await using var fleet = await StartAsync();
        var ended = await fleet.StartRunAsync("ended");
        var later = await fleet.StartRunAsync("later");
        var alive = await fleet.CreateAsync("alive");
        await fleet.MoveAsync(ended, RunState.Completed);
        await fleet.PassAsync(seconds: 60);
        await fleet.MoveAsync(later, RunState.Failed);
        await fleet.PassAsync(seconds: 3_540);
        Assert.Equal(RunState.Completed, (await fleet.GetAsync(ended)).State);

        await fleet.PassAsync(seconds: 5);
        Assert.Equal(RefusalCode.RunNotFound, (await fleet.Host.Runs.GetAsync(ended)).Refusal?.Code);
        Assert.Empty(await fleet.EventsOfAsync(ended));
        Assert.Empty(await fleet.Store.ReadTransitionsAsync(ended, 0, 9, CancellationToken.None));
        var feed = await fleet.Store.ReadFeedAsync("0", 999, CancellationToken.None);
        Assert.Equal([later, alive], feed.Items.Select(item => item.Event.RunId).Distinct());
        Assert.Equal((RunState.Failed, RunState.Queued), ((await fleet.GetAsync(later)).State, (await fleet.GetAsync(alive)).State));

        // The id is free again, and the events of the next life are the first.
        Assert.Equal(ended, await fleet.StartRunAsync("ended"));
        Assert.Equal([1L, 2L], (await fleet.EventsOfAsync(ended)).Select(told => told.Sequence));
    }

    [Fact]
    public async Task A_position_in_the_feed_before_what_was_dropped_has_expired()
    {
        await using var fleet = await StartAsync();
        var run = await fleet.StartRunAsync();
        var position = (await fleet.Store.ReadFeedAsync("0", 1, CancellationToken.None)).Next;
        await fleet.MoveAsync(run, RunState.Completed);
        await fleet.PassAsync(seconds: 3_605);

        await Assert.ThrowsAsync<FeedExpiredException>(async () => await fleet.Store.ReadFeedAsync(position, 1, CancellationToken.None));
    }

    [Fact]
    public async Task A_clean_up_drops_so_many_and_leaves_the_others_to_the_next()
    {
        await using var fleet = await StartAsync();
        for (var i = 0; i < 2_100; i++)
        {
            await fleet.MoveAsync(await fleet.CreateAsync($"run-{i}"), RunState.Terminated);
        }

        fleet.Time.Advance(TimeSpan.FromHours(1) + Fleet.Interval);
        await fleet.SweepAsync();
        Assert.Equal(100, await CountAsync(fleet));
        Assert.Equal(RefusalCode.RunNotFound, (await fleet.Host.Runs.GetAsync(RunId.Parse("run-1999"))).Refusal?.Code);

        await fleet.SweepAsync();
        Assert.Equal(0, await CountAsync(fleet));
    }

    [Fact]
    public async Task A_sweep_leaves_it_to_the_clean_up()
    {
        await using var fleet = await StartAsync();
        await fleet.MoveAsync(await fleet.CreateAsync(), RunState.Terminated);
        fleet.Time.Advance(TimeSpan.FromHours(2));
        await fleet.Host.Sweeper.SweepAsync(CancellationToken.None);
        Assert.Equal(1, await CountAsync(fleet));

        await fleet.Host.Housekeeper.CleanUpAsync(CancellationToken.None);
        Assert.Equal(0, await CountAsync(fleet));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task The_clean_ups_of_a_host_go_on_after_one_that_failed(bool isStoreAway)
    {
        await using var fleet = await StartAsync();
        await fleet.MoveAsync(await fleet.CreateAsync(), RunState.Terminated);
        fleet.Time.Advance(TimeSpan.FromHours(2));
        var failed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        fleet.Store.OnRead = () =>
        {
            if (failed.TrySetResult())
            {
                throw isStoreAway ? new StoreUnavailableException() : new InvalidOperationException("whatever it is");
            }
        };

        await fleet.Host.Housekeeper.StartAsync(CancellationToken.None);
        await failed.Task.WaitAsync(TestHost.Patience);
        using var patience = new CancellationTokenSource(TestHost.Patience);
        while ((await fleet.Store.Inner.CountAsync(CancellationToken.None)).Count > 0)
        {
            patience.Token.ThrowIfCancellationRequested();
            fleet.Time.Advance(Fleet.Interval);
            await Task.Yield();
        }

        await fleet.Host.Housekeeper.StopAsync(CancellationToken.None).WaitAsync(TestHost.Patience);
        Assert.True(fleet.Host.Housekeeper.ExecuteTask?.IsCompletedSuccessfully);
    }

    [Fact]
    public async Task Without_a_time_only_the_number_bounds_what_has_ended()
    {
        await using var fleet = await Fleet.StartAsync(maxEndedRuns: 2);
        for (var i = 0; i < 3; i++)
        {
            await fleet.MoveAsync(await fleet.CreateAsync($"run-{i}"), RunState.Terminated);
        }

        await fleet.PassAsync(seconds: 3_600);
        Assert.Equal(2, await CountAsync(fleet));
        Assert.Equal(RefusalCode.RunNotFound, (await fleet.Host.Runs.GetAsync(RunId.Parse("run-0"))).Refusal?.Code);
    }

    [Fact]
    public async Task One_line_says_how_many_runs_were_dropped_and_none_when_nothing_was()
    {
        var lines = new LineLog(id: 501);
        await using var host = new TestHost(configure: options => options.Retention.EndedRuns = TimeSpan.FromHours(1), loggers: lines);
        for (var i = 0; i < 150; i++)
        {
            var run = (await host.Runs.CreateAsync(new NewRun { ExperimentId = ExperimentId.Parse("e"), VersionId = VersionId.Parse("v") })).Value.Value.Id;
            await host.Runs.TransitionAsync(run, new TransitionRequest { To = RunState.Terminated, Actor = TestHost.Ada });
        }

        host.Time.Advance(TimeSpan.FromHours(1) + TimeSpan.FromSeconds(1));
        await host.Engine.Housekeeper.CleanUpAsync(CancellationToken.None);
        await host.Engine.Housekeeper.CleanUpAsync(CancellationToken.None);

        Assert.StartsWith("150 runs that ended before 2026-01-31T12:00:01", Assert.Single(lines.Lines), StringComparison.Ordinal);
    }

    private static Task<Fleet> StartAsync() => Fleet.StartAsync(configure: options => options.Retention.EndedRuns = TimeSpan.FromHours(1));

    private static async Task<long> CountAsync(Fleet fleet) => (await fleet.Store.CountAsync(CancellationToken.None)).Sum(count => count.Count);
}
