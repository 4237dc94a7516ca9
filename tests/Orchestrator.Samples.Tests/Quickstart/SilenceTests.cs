using Orchestrator.Samples.Quickstart.Trouble;

namespace Orchestrator.Samples.Tests.Quickstart;

public sealed class SilenceTests
{
    [Theory]
    [InlineData(4, 0.5, UnresponsivePolicy.Recommend, true)]
    [InlineData(9, 1, UnresponsivePolicy.Recommend, true)]
    [InlineData(9, 2, UnresponsivePolicy.Recommend, false)]
    [InlineData(135, 5, UnresponsivePolicy.Recommend, false)]
    [InlineData(4, 0.5, UnresponsivePolicy.Requeue, false)]
    [InlineData(4, 0.5, UnresponsivePolicy.Fail, false)]
    public void It_is_shown_where_it_ends_soon_and_leaves_the_run_to_the_worker(
        double unresponsiveAfter, double sweepInterval, UnresponsivePolicy policy, bool shown) =>
        Assert.Equal(shown, Silence.CanBeShown(new HealthOptions
        {
            UnresponsiveAfter = TimeSpan.FromSeconds(unresponsiveAfter),
            SweepInterval = TimeSpan.FromSeconds(sweepInterval),
            OnUnresponsive = policy,
        }));
}
