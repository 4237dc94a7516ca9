using Orchestrator.Core.Lifecycle;

namespace Orchestrator.Core.Tests.Runs;

public sealed class RunDraftTests
{
    public static TheoryData<RunState> States => new(RunViews.States);

    [Theory]
    [MemberData(nameof(States))]
    public void Staying_where_it_is_changes_nothing_of_a_run(RunState state)
    {
        var draft = new RunDraft(RunViews.In(state, RunViews.Command(1, CommandType.Pause)), RunViews.Now, RunViews.Options);

        draft.MoveTo(state, "ada", "again", EndReason.LostWorker);

        Assert.Equal((state, RunViews.In(state).Head.Ending), (draft.State, draft.Ending));
        Assert.Empty(draft.Build().Events);
        Assert.Empty(draft.Build().Transitions);
        Assert.Empty(draft.Build().Commands);
    }

    [Theory]
    [InlineData(RunState.Running, true)]
    [InlineData(RunState.Paused, true)]
    [InlineData(RunState.Terminating, true)]
    [InlineData(RunState.Provisioning, true)]
    [InlineData(RunState.Failed, false)]
    public void Entering_a_state_in_which_something_is_expected_of_the_worker_is_a_sign_of_life(RunState to, bool isSign)
    {
        var draft = new RunDraft(RunViews.In(RunState.Queued), RunViews.Now, RunViews.Options);

        draft.MoveTo(to, "ada", null);

        Assert.Equal(isSign ? RunViews.Now : null, draft.LastSignAt);
    }

    [Fact]
    public void A_run_that_leaves_terminating_for_errored_is_no_longer_waited_for()
    {
        var draft = new RunDraft(RunViews.In(RunState.Terminating), RunViews.Now, RunViews.Options);

        draft.MoveTo(RunState.Errored, "ada", null);

        Assert.Null(draft.Termination);
        Assert.Null(draft.Build().Head.DueAt);
    }

    [Fact]
    public void A_sign_of_life_is_dated_and_tells_of_better_health_once()
    {
        var view = RunViews.In(RunState.Running).With(head => head with { Health = HealthStatus.HeartbeatStale });
        var draft = new RunDraft(view, RunViews.Now, RunViews.Options);

        draft.SignOfLife();
        draft.SignOfLife();

        Assert.Equal((RunViews.Now, HealthStatus.Healthy, RunViews.Now), (draft.LastSignAt, draft.Health, draft.HealthChangedAt));
        Assert.Equal(new HealthChangedData(HealthStatus.HeartbeatStale, HealthStatus.Healthy, TimeSpan.FromMinutes(1)), Assert.Single(draft.Build().Events).Data);
    }

    [Fact]
    public void The_last_word_on_a_command_is_stored_once()
    {
        var view = RunViews.In(RunState.Running, RunViews.Command(1, CommandType.Pause), RunViews.Command(2, CommandType.Tune));
        var draft = new RunDraft(view, RunViews.Now, RunViews.Options);

        draft.Put(RunViews.Command(1, CommandType.Pause, CommandStatus.Delivered));
        draft.Put(RunViews.Command(1, CommandType.Pause, CommandStatus.Applied));

        Assert.Equal([CommandStatus.Applied], draft.Build().Commands.Select(command => command.Status));
        Assert.Equal([2L], draft.Live.Select(command => command.Sequence));
    }
}
