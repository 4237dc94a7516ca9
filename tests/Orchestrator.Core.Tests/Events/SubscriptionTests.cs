using Orchestrator.Core.Events;
using Orchestrator.Core.Tests.Runs;

namespace Orchestrator.Core.Tests.Events;

/// <summary>What one reader holds.</summary>
public sealed class SubscriptionTests
{
    private static readonly RunId Run = RunId.Parse("run");

    [Fact]
    public void However_many_heartbeats_come_it_holds_one_a_run()
    {
        var subscription = new Subscription(run: null, wantsProgress: true);
        for (var beat = 1; beat <= 10_000; beat++)
        {
            for (var n = 0; n < 5; n++)
            {
                subscription.Offer(Progress(RunId.Parse($"run-{n}"), beat));
            }
        }

        Assert.Equal(5, subscription.Unread);
        Assert.Equal(["run-0 10000", "run-1 10000", "run-2 10000", "run-3 10000", "run-4 10000"], TakeAll(subscription));
        Assert.Equal(0, subscription.Unread);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void The_newest_wins_in_whichever_order_they_come(bool ofOneRun)
    {
        var subscription = new Subscription(ofOneRun ? Run : null, wantsProgress: true);
        foreach (var beat in new[] { 3, 5, 4, 1 })
        {
            subscription.Offer(Progress(Run, beat));
        }

        Assert.Equal(["run 5"], TakeAll(subscription));
    }

    [Fact]
    public void The_reader_of_one_run_gets_no_heartbeat_twice_and_none_from_before_one_that_it_got()
    {
        var subscription = new Subscription(Run, wantsProgress: true);
        subscription.Offer(Progress(Run, 5));
        Assert.Equal(["run 5"], TakeAll(subscription));

        subscription.Offer(Progress(Run, 5));
        subscription.Offer(Progress(Run, 4));
        subscription.Offer(Progress(RunId.Parse("other"), 9));

        Assert.Equal(0, subscription.Unread);
    }

    [Fact]
    public async Task Whatever_happened_since_the_last_wait_ends_the_next_one_once()
    {
        var subscription = new Subscription(Run, wantsProgress: true);
        subscription.Wake(RunId.Parse("other"));
        Assert.False(IsWoken(subscription));

        subscription.Wake(Run);
        subscription.Wake(Run);
        await subscription.WaitAsync(CancellationToken.None);
        Assert.False(IsWoken(subscription));

        subscription.Offer(Progress(Run, 1));
        await subscription.WaitAsync(CancellationToken.None);
    }

    [Fact]
    public void Who_wants_no_progress_holds_none()
    {
        var subscription = new Subscription(run: null, wantsProgress: false);
        subscription.Offer(Progress(Run, 1));

        Assert.Equal(0, subscription.Unread);
        Assert.False(IsWoken(subscription));
    }

    private static bool IsWoken(Subscription subscription)
    {
        using var end = new CancellationTokenSource();
        var wait = subscription.WaitAsync(end.Token);
        var isWoken = wait.IsCompleted;
        end.Cancel();
        return isWoken;
    }

    private static IEnumerable<string> TakeAll(Subscription subscription)
    {
        while (subscription.TryTake(out var told))
        {
            yield return $"{told.RunId} {((ProgressData)told.Data).Run.Heartbeats}";
        }
    }

    private static RunEvent Progress(RunId id, long beat)
    {
        var head = new RunHead
        {
            Id = id,
            ExperimentId = ExperimentId.Parse("e"),
            VersionId = VersionId.Parse("v"),
            CreatedAt = RunViews.Now,
            ChangedAt = RunViews.Now,
            Revision = 1,
        };
        return new RunEvent(0, EventType.RunProgress, RunViews.Now, id, 1, new ProgressData(new Run(head, RunProgress.None with { Heartbeats = beat })));
    }
}
