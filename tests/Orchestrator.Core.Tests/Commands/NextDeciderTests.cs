using Orchestrator.Core.Commands;
using Orchestrator.Core.Storage;
using Orchestrator.Core.Tests.Runs;
using Orchestrator.Storage;

namespace Orchestrator.Core.Tests.Commands;

public sealed class NextDeciderTests
{
    private static readonly DateTimeOffset Now = RunViews.Now;

    public static TheoryData<RunState> States => new(RunViews.States);

    [Theory]
    [MemberData(nameof(States))]
    public void A_living_run_hands_out_its_oldest_command_and_an_ended_one_says_so(RunState state)
    {
        var view = RunViews.In(state, RunViews.Command(1, CommandType.Pause), RunViews.Command(2, CommandType.Tune));
        var decision = Decide(view);

        if (state.IsTerminal())
        {
            var details = Changes.Refused(RefusalCode.RunEnded, decision).Details;
            Assert.Equal((state.ToWireName(), view.Head.Ending!.Reason.ToWireName()), (details["state"], details["end_reason"]));
            return;
        }

        var change = Changes.Of(view, decision);
        var delivered = RunViews.Command(1, CommandType.Pause) with { Status = CommandStatus.Delivered, DeliveredAt = Now, DeliveryCount = 1 };
        Assert.Equal(delivered, decision.Answer.Command);
        Assert.Equal([delivered], change.Commands);
        Assert.Equal([EventType.CommandDelivered], Changes.EventTypes(change));
        Assert.Equal(state, change.Head.State);
        Assert.Null(change.Head.LastSignAt);
    }

    [Theory]
    [InlineData(null, null)]
    [InlineData(1, RefusalCode.StaleAttempt)]
    [InlineData(2, null)]
    [InlineData(3, RefusalCode.UnknownAttempt)]
    public void A_poll_is_fenced_by_its_attempt(int? attempt, RefusalCode? code) =>
        Assert.Equal(code, Decide(RunViews.In(RunState.Running, RunViews.Command(1, CommandType.Pause)), attempt: attempt).Refusal?.Code);

    [Fact]
    public void A_run_that_has_ended_says_so_before_anything_of_the_attempt() =>
        Changes.Refused(RefusalCode.RunEnded, Decide(RunViews.In(RunState.Completed), attempt: 1));

    [Fact]
    public void Commands_are_handed_out_in_the_order_of_their_acceptance_one_a_poll()
    {
        var view = RunViews.In(RunState.Running, Enumerable.Range(1, 5).Select(i => RunViews.Command(i, CommandType.Tune)));
        for (var sequence = 1; sequence <= 5; sequence++)
        {
            var delivered = Assert.Single(Changes.Of(view, Decide(view)).Commands);
            Assert.Equal((sequence, CommandStatus.Delivered), (delivered.Sequence, delivered.Status));
            view = view with { Live = [.. view.Live.Select(live => live.Id == delivered.Id ? delivered : live)] };
        }

        Assert.Null(Changes.Unchanged(Decide(view)).Command);
    }

    [Theory]
    [InlineData(-30, 1L, 2, 30)]
    [InlineData(-29, null, 1, 1)]
    [InlineData(0, null, 1, 30)]
    public void A_delivered_command_is_handed_out_again_after_the_redelivery_timeout(int deliveredAt, long? sequence, int count, int untilNext)
    {
        var command = RunViews.Command(1, CommandType.Pause, CommandStatus.Delivered, deliveredAt: Now.AddSeconds(deliveredAt));
        var decision = Decide(RunViews.In(RunState.Running, command));

        Assert.Equal(sequence, decision.Answer.Command?.Sequence);
        Assert.Equal(count, decision.Answer.Command?.DeliveryCount ?? command.DeliveryCount);
        Assert.Equal(TimeSpan.FromSeconds(untilNext), decision.Answer.UntilNext);
    }

    [Fact]
    public void A_command_that_comes_due_again_goes_before_a_later_one()
    {
        var view = RunViews.In(
            RunState.Running,
            RunViews.Command(1, CommandType.Tune, CommandStatus.Delivered, deliveredAt: Now.AddSeconds(-5)),
            RunViews.Command(2, CommandType.Tune, CommandStatus.Delivered, deliveredAt: Now.AddSeconds(-31)),
            RunViews.Command(3, CommandType.Tune));

        Assert.Equal(2, Decide(view).Answer.Command!.Sequence);
    }

    [Fact]
    public void A_wait_ends_when_the_first_of_the_delivered_commands_comes_due()
    {
        var view = RunViews.In(
            RunState.Running,
            RunViews.Command(1, CommandType.Tune, CommandStatus.Delivered, deliveredAt: Now.AddSeconds(-5)),
            RunViews.Command(2, CommandType.Tune, CommandStatus.Delivered, deliveredAt: Now.AddSeconds(-20)),
            RunViews.Command(3, CommandType.Tune, CommandStatus.Delivered, deliveredAt: Now.AddSeconds(-1)));

        Assert.Equal(new Polled(null, TimeSpan.FromSeconds(10)), Changes.Unchanged(Decide(view)));
        Assert.Equal(new Polled(null, Timeout.InfiniteTimeSpan), Changes.Unchanged(Decide(RunViews.In(RunState.Running))));
    }

    [Fact]
    public void What_has_expired_is_marked_and_never_handed_out()
    {
        var view = RunViews.In(
            RunState.Running,
            RunViews.Command(1, CommandType.Pause) with { ExpiresAt = Now },
            RunViews.Command(2, CommandType.Tune, CommandStatus.Delivered) with { ExpiresAt = Now.AddHours(-1) },
            RunViews.Command(3, CommandType.Tune) with { ExpiresAt = Now.AddTicks(1) });

        var decision = Decide(view);
        var change = Changes.Of(view, decision);

        Assert.Equal(3, decision.Answer.Command!.Sequence);
        Assert.Equal([(1L, CommandStatus.Expired), (3L, CommandStatus.Delivered)], change.Commands.Select(command => (command.Sequence, command.Status)));
        Assert.Equal([EventType.CommandExpired, EventType.CommandDelivered], Changes.EventTypes(change));
    }

    [Fact]
    public void A_poll_that_only_marks_what_has_expired_answers_nothing()
    {
        var view = RunViews.In(RunState.Running, RunViews.Command(1, CommandType.Pause) with { ExpiresAt = Now });

        var decision = Decide(view);

        Assert.Equal(new Polled(null, Timeout.InfiniteTimeSpan), decision.Answer);
        Assert.Equal([EventType.CommandExpired], Changes.EventTypes(Changes.Of(view, decision)));
    }

    [Fact]
    public void An_unknown_run_has_no_next_command() => Changes.Refused(RefusalCode.RunNotFound, Decide(null));

    private static Decision<Polled> Decide(RunView? view, int? attempt = null, string? claimId = null) => new NextDecider(RunViews.Run, attempt, claimId, RunViews.Options).Decide(view, Now);
}
