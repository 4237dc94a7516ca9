using Orchestrator.Core.Runs;

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

        Assert.Equal(After(end), Deadlines.EndOfTermination(view.Head, view.Progress, RunViews.Options));
    }

    [Fact]
    public void Only_a_terminating_run_has_an_end_of_termination()
    {
        foreach (var state in RunViews.States)
        {
            var view = RunViews.In(state);

            Assert.Equal(state == RunState.Terminating, Deadlines.EndOfTermination(view.Head, view.Progress, RunViews.Options) is not null);
        }
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

        Assert.Equal(RunViews.Now.AddSeconds(7), Deadlines.Next(view.Head, view.Progress, view.Live, RunViews.Options));
    }

    [Fact]
    public void A_terminating_run_is_due_by_whatever_comes_first()
    {
        var soon = RunViews.In(RunState.Terminating, RunViews.Command(1, CommandType.Terminate) with { ExpiresAt = Accepted.AddSeconds(1) });
        var late = RunViews.In(RunState.Terminating, RunViews.Command(1, CommandType.Terminate) with { ExpiresAt = Accepted.AddSeconds(500) });

        Assert.Equal(Accepted.AddSeconds(1), Deadlines.Next(soon.Head, soon.Progress, soon.Live, RunViews.Options));
        Assert.Equal(Accepted.AddSeconds(120), Deadlines.Next(late.Head, late.Progress, late.Live, RunViews.Options));
    }

    [Theory]
    [InlineData(RunState.Completed)]
    [InlineData(RunState.Failed)]
    [InlineData(RunState.Terminated)]
    public void A_run_that_has_ended_is_never_due(RunState state)
    {
        var view = RunViews.In(state, RunViews.Command(1, CommandType.Pause) with { ExpiresAt = RunViews.Now });

        Assert.Null(Deadlines.Next(view.Head, view.Progress, view.Live, RunViews.Options));
    }

    private static DateTimeOffset? After(int? seconds) => seconds is { } s ? Accepted.AddSeconds(s) : null;
}
