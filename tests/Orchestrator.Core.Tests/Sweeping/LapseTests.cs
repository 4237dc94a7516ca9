using Orchestrator.Core.Storage;
using Orchestrator.Core.Sweeping;
using Orchestrator.Core.Tests.Runs;
using Orchestrator.Storage;

namespace Orchestrator.Core.Tests.Sweeping;

/// <summary>What lapses of a run by time alone: commands and terminations.</summary>
public sealed class LapseTests
{
    private static readonly DateTimeOffset Now = RunViews.Now;

    [Theory]
    [InlineData(false, EndReason.Forced)]
    [InlineData(true, EndReason.Terminated)]
    public void A_termination_that_is_over_ends_the_run(bool acknowledged, EndReason reason)
    {
        var view = Terminating(Now.AddSeconds(-120), acknowledged, RunViews.Command(1, CommandType.Terminate, CommandStatus.Delivered));

        var decision = Decide(view);
        var change = Changes.Of(view, decision);

        Assert.Equal(new RunEnding(reason, Now, "the time to terminate is over"), change.Head.Ending);
        Assert.Equal((RunState.Terminated, "orchestrator"), Assert.Single(change.Transitions) is var step ? (step.To, step.ChangedBy) : default);
        Assert.Equal(CommandStatus.Applied, Assert.Single(change.Commands).Status);
        Assert.Null(change.Commands[0].AcknowledgedAt);
        Assert.Equal(view.Progress.Heartbeats, decision.ExpectedHeartbeats);
        Assert.Null(change.Head.DueAt);
        Assert.Null(decision.Audit);
    }

    [Theory]
    [InlineData(-119, -300, false)]
    [InlineData(-120, -300, true)]
    [InlineData(-300, -119, false)]
    [InlineData(-300, -120, true)]
    [InlineData(-899, -1, false)]
    [InlineData(-900, -1, true)]
    public void A_termination_lasts_for_the_grace_after_the_last_sign_and_for_the_limit_at_most(int accepted, int lastBeat, bool isOver)
    {
        var view = Terminating(Now.AddSeconds(accepted), acknowledged: false)
            .WithProgress(progress => progress with { LastHeartbeatAt = Now.AddSeconds(lastBeat) });

        var change = Changes.Of(view, Decide(view));

        Assert.Equal(isOver ? RunState.Terminated : RunState.Terminating, change.Head.State);
        Assert.True(isOver || change.Head.DueAt > Now, "the run stays due");
    }

    [Fact]
    public void A_command_that_was_not_delivered_in_time_is_expired_and_a_delivered_one_is_not()
    {
        var view = RunViews.In(
            RunState.Running,
            RunViews.Command(1, CommandType.Pause) with { ExpiresAt = Now },
            RunViews.Command(2, CommandType.Tune, CommandStatus.Delivered) with { ExpiresAt = Now.AddSeconds(-1) },
            RunViews.Command(3, CommandType.Tune) with { ExpiresAt = Now.AddSeconds(1) })
            .With(head => head with { DueAt = Now })
            .WithProgress(progress => progress with { LastHeartbeatAt = Now });

        var change = Changes.Of(view, Decide(view));

        Assert.Equal([(1L, CommandStatus.Expired)], change.Commands.Select(command => (command.Sequence, command.Status)));
        Assert.Equal([EventType.CommandExpired], Changes.EventTypes(change));
        Assert.Equal(RunState.Running, change.Head.State);
    }

    [Fact]
    public void A_run_that_is_not_due_is_left_alone()
    {
        var view = RunViews.In(RunState.Terminating).With(head => head with { Termination = new Termination(Now.AddHours(-1), false) }); // nothing is due

        Assert.False(Changes.Unchanged(Decide(view)));
        Assert.False(Changes.Unchanged(Decide(view.With(head => head with { DueAt = Now.AddTicks(1) }))));
        Changes.Refused(RefusalCode.RunNotFound, Decide(null));
    }

    private static RunView Terminating(DateTimeOffset accepted, bool acknowledged, params IEnumerable<Command> commands) => RunViews
        .In(RunState.Terminating, commands)
        .With(head => head with { Termination = new Termination(accepted, acknowledged), DueAt = Now })
        .WithProgress(progress => progress with { LastHeartbeatAt = accepted.AddSeconds(-1) });

    private static Decision<bool> Decide(RunView? view) =>
        new DueDecider(RunViews.Run, new Observation(DateTimeOffset.MinValue, DateTimeOffset.MaxValue), RunViews.Options).Decide(view, Now);
}
