using Orchestrator.Core.Lifecycle;
using Orchestrator.Storage;

namespace Orchestrator.Core.Tests.Runs;

public sealed class DeadlinesTests
{
    private static readonly DateTimeOffset Accepted = RunViews.Changed;

    [Theory]
    [InlineData(null, null, 120)]
    [InlineData(-10, -10, 120)]
    [InlineData(30, null, 150)]
    [InlineData(null, 30, 150)]
    [InlineData(30, 40, 160)]
    [InlineData(40, 30, 160)]
    [InlineData(779, null, 899)]
    [InlineData(780, null, 900)]
    [InlineData(null, 890, 900)]
    [InlineData(5_000, 5_000, 900)]
    public void A_termination_ends_a_grace_after_the_last_sign_of_life_and_by_the_limit(int? sign, int? beat, int end)
    {
        var view = RunViews.In(RunState.Terminating)
            .With(head => head with { LastSignAt = After(sign) })
            .WithProgress(progress => progress with { LastHeartbeatAt = After(beat) });

        Assert.Equal(After(end), Deadlines.EndOfTermination(view.Head, view.Progress, DateTimeOffset.MinValue, RunViews.Options.Commands));
    }

    [Fact]
    public void Only_a_terminating_run_has_an_end_of_termination()
    {
        foreach (var state in RunViews.States)
        {
            var view = RunViews.In(state);

            Assert.Equal(state == RunState.Terminating, Deadlines.EndOfTermination(view.Head, view.Progress, DateTimeOffset.MinValue, RunViews.Options.Commands) is not null);
        }
    }

    [Fact]
    public void A_recovery_of_ours_counts_as_a_sign_of_life()
    {
        var view = RunViews.In(RunState.Terminating);

        Assert.Equal(After(150), Deadlines.EndOfTermination(view.Head, view.Progress, Accepted.AddSeconds(30), RunViews.Options.Commands));
        Assert.Equal(After(900), Deadlines.EndOfTermination(view.Head, view.Progress, Accepted.AddSeconds(890), RunViews.Options.Commands));
    }

    [Fact]
    public void A_run_is_due_when_the_first_of_its_pending_commands_expires()
    {
        var view = RunViews.In(
            RunState.Running,
            RunViews.Command(1, CommandType.Pause) with { ExpiresAt = RunViews.Now.AddSeconds(9) },
            RunViews.Command(2, CommandType.Pause) with { ExpiresAt = RunViews.Now.AddSeconds(7) },
            RunViews.Command(3, CommandType.Pause, CommandStatus.Delivered) with { ExpiresAt = RunViews.Now.AddSeconds(1) },
            RunViews.Command(4, CommandType.Pause));

        Assert.Equal(RunViews.Now.AddSeconds(7), Of(view).At);
    }

    [Fact]
    public void A_terminating_run_is_due_by_whatever_comes_first()
    {
        var soon = RunViews.In(RunState.Terminating, RunViews.Command(1, CommandType.Terminate) with { ExpiresAt = Accepted.AddSeconds(1) });
        var late = RunViews.In(RunState.Terminating, RunViews.Command(1, CommandType.Terminate) with { ExpiresAt = Accepted.AddSeconds(5_000) });

        Assert.Equal(Accepted.AddSeconds(1), Of(soon).At);
        Assert.Equal(Accepted.AddSeconds(900), Of(late).At);
    }

    [Theory]
    [InlineData(RunState.Queued, HealthStatus.Healthy, null)]
    [InlineData(RunState.Provisioning, HealthStatus.Healthy, 600)]
    [InlineData(RunState.Running, HealthStatus.Healthy, 45)]
    [InlineData(RunState.Running, HealthStatus.Stalled, 45)]
    [InlineData(RunState.Paused, HealthStatus.Healthy, 45)]
    [InlineData(RunState.Errored, HealthStatus.HeartbeatStale, 135)]
    [InlineData(RunState.Running, HealthStatus.Unresponsive, null)]
    [InlineData(RunState.Terminating, HealthStatus.Healthy, 45)]
    [InlineData(RunState.Terminating, HealthStatus.HeartbeatStale, 120)]
    [InlineData(RunState.Terminating, HealthStatus.Unresponsive, 120)]
    public void Silence_makes_a_run_due_by_its_state_and_health(RunState state, HealthStatus health, int? seconds)
    {
        var view = RunViews.In(state).With(head => head with { Health = health });

        Assert.Equal(seconds, Of(view).Silence?.TotalSeconds);
        Assert.Equal(state == RunState.Running && health == HealthStatus.Healthy ? 1_800 : null, Of(view).Standstill?.TotalSeconds);
    }

    [Fact]
    public void A_run_that_was_given_more_time_is_due_when_it_is_over()
    {
        var view = RunViews.In(RunState.Running).With(head => head with { SnoozedUntil = RunViews.Now.AddSeconds(7) });

        Assert.Equal(new Deadlines(RunViews.Now.AddSeconds(7), null, null), Of(view));
    }

    [Theory]
    [InlineData(RunState.Completed)]
    [InlineData(RunState.Failed)]
    [InlineData(RunState.Terminated)]
    public void A_run_that_has_ended_is_never_due(RunState state)
    {
        var view = RunViews.In(state, RunViews.Command(1, CommandType.Pause) with { ExpiresAt = RunViews.Now });

        Assert.Equal(default, Of(view));
    }

    private static Deadlines Of(RunView view) => Deadlines.Of(new RunDraft(view, RunViews.Now, RunViews.Options), RunViews.Options);

    private static DateTimeOffset? After(int? seconds) => seconds is { } s ? Accepted.AddSeconds(s) : null;
}
