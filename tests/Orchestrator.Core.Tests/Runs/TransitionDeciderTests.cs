using Orchestrator.Core.Lifecycle;
using Orchestrator.Core.Runs;
using Orchestrator.Core.Storage;
using Orchestrator.Storage;

namespace Orchestrator.Core.Tests.Runs;

public sealed class TransitionDeciderTests
{
    public static TheoryData<RunState, RunState> Pairs => StateMachineTests.Pairs;

    [Theory]
    [MemberData(nameof(Pairs))]
    public void A_run_goes_where_the_table_allows_and_nowhere_else(RunState from, RunState to)
    {
        var view = RunViews.In(from);
        var decision = Decide(view, new TransitionRequest { To = to, Reason = "because" });

        if (from == to)
        {
            Assert.Equal(Effect.None, Changes.Unchanged(decision));
        }
        else if (!StateMachine.Allows(from, to))
        {
            var details = Changes.Refused(RefusalCode.InvalidTransition, decision).Details;
            Assert.Equal((from.ToWireName(), to.ToWireName()), (details["from"], details["to"]));
            Assert.Equal(StateMachine.AllowedFrom(from).Select(RunStates.ToWireName), Assert.IsType<string[]>(details["allowed"]));
        }
        else
        {
            var change = Changes.Of(view, decision);
            var attempt = to == RunState.Queued ? RunViews.Attempt + 1 : RunViews.Attempt;
            Assert.Equal([new StateTransition(6, from, to, "ada", "because", attempt, RunViews.Now)], change.Transitions);
            Assert.Equal((attempt, Effect.Done), (change.Head.Attempt, decision.Answer));
            Assert.Equal(view.Progress.Heartbeats, decision.ExpectedHeartbeats);
            Assert.Equal(to == RunState.Running ? view.Head.StartedAt ?? RunViews.Now : view.Head.StartedAt, change.Head.StartedAt);
            Assert.Equal(to == RunState.Terminating, change.Head.Termination is { Acknowledged: false } termination && termination.AcceptedAt == RunViews.Now);
        }
    }

    [Theory]
    [InlineData(RunState.Completed, EndReason.Completed)]
    [InlineData(RunState.Failed, EndReason.Failed)]
    [InlineData(RunState.Terminated, EndReason.Terminated)]
    public void The_end_of_a_run_is_dated_and_settles_its_commands(RunState to, EndReason reason)
    {
        var view = RunViews.In(
            RunState.Running,
            RunViews.Command(1, CommandType.Tune),
            RunViews.Command(2, CommandType.Pause, CommandStatus.Delivered),
            RunViews.Command(3, CommandType.Terminate));

        var change = Changes.Of(view, Decide(view, new TransitionRequest { To = to }));

        var ofTerminate = to == RunState.Terminated ? CommandStatus.Applied : CommandStatus.Superseded;
        Assert.Equal(new RunEnding(reason, RunViews.Now), change.Head.Ending);
        Assert.Equal([CommandStatus.Superseded, CommandStatus.Superseded, ofTerminate], change.Commands.OrderBy(command => command.Sequence).Select(command => command.Status));
        Assert.Equal(
            [EventType.RunStateChanged, EventType.CommandSuperseded, EventType.CommandSuperseded, to == RunState.Terminated ? EventType.CommandAcknowledged : EventType.CommandSuperseded],
            Changes.EventTypes(change));
        Assert.Equal(reason, Assert.IsType<StateChangedData>(change.Events[0].Data).EndReason);
        Assert.Null(change.Head.DueAt);
    }

    [Fact]
    public void The_last_numbers_of_the_worker_are_merged_and_the_throttle_does_not_apply()
    {
        var view = RunViews.In(RunState.Running).WithProgress(progress => progress with { LastHeartbeatAt = RunViews.Now });
        var final = new FinalReport { Step = 150, Loss = 0.1, SamplesPerSec = 7, CheckpointVersion = 15, CheckpointUri = "s3://15" };
        final = final with { Metrics = new Dictionary<string, double> { ["eval"] = 0.97 } };

        var change = Changes.Of(view, Decide(view, new TransitionRequest { To = RunState.Completed, Reason = "converged", Final = final, StatusMessage = "done" }));

        Assert.Equal(final.Metrics, change.Progress!.Metrics);
        Assert.Equal("converged", change.Head.Ending!.Message);
        Assert.Equal(
            view.Progress with
            {
                CurrentStep = 150,
                AdvancedAt = RunViews.Now,
                Loss = 0.1,
                SamplesPerSec = 7,
                CheckpointVersion = 15,
                CheckpointStep = 150,
                CheckpointUri = "s3://15",
                Metrics = change.Progress.Metrics,
                StatusMessage = "done",
            },
            change.Progress);
    }

    [Fact]
    public void A_run_handed_back_with_its_last_checkpoint_may_resume_from_it()
    {
        var view = RunViews.In(RunState.Running);
        var final = new FinalReport { Step = 150, CheckpointVersion = 15, CheckpointUri = "s3://15" };

        var change = Changes.Of(view, Decide(view, new TransitionRequest { To = RunState.Queued, Final = final }));

        Assert.Equal(new ResumePoint(RunViews.Run, RunViews.Attempt, 15, 150, "s3://15"), change.Head.ResumePoint);
        Assert.Equal((0L, 0L, null), (change.Progress!.CurrentStep, change.Progress.CheckpointVersion, change.Progress.CheckpointUri));
    }

    [Fact]
    public void A_run_that_ends_before_its_first_heartbeat_was_started_when_its_worker_got_it()
    {
        var handed = RunViews.Now.AddSeconds(-3);
        var view = RunViews.In(RunState.Provisioning).With(head => head with { WorkerId = "w", LastSignAt = handed });

        Assert.Equal(handed, Changes.Of(view, Decide(view, new TransitionRequest { To = RunState.Completed })).Head.StartedAt);
        Assert.Null(Changes.Of(view, Decide(view.With(head => head with { WorkerId = null }), new TransitionRequest { To = RunState.Failed })).Head.StartedAt);
    }

    [Fact]
    public void What_the_worker_does_not_give_at_last_stays()
    {
        var view = RunViews.In(RunState.Running);

        Assert.Equal(view.Progress, Changes.Of(view, Decide(view, new TransitionRequest { To = RunState.Completed, Final = new FinalReport() })).Progress);
        Assert.Equal("done", Changes.Of(view, Decide(view, new TransitionRequest { To = RunState.Completed, StatusMessage = "done" })).Progress!.StatusMessage);
        Assert.Null(Changes.Of(view, Decide(view, new TransitionRequest { To = RunState.Completed })).Progress);
    }

    [Theory]
    [InlineData(99L, null, RefusalCode.StepRegression)]
    [InlineData(null, 9L, RefusalCode.CheckpointRegression)]
    [InlineData(99L, 9L, RefusalCode.StepRegression)]
    public void The_last_numbers_do_not_go_back(long? step, long? checkpoint, RefusalCode code)
    {
        var request = new TransitionRequest { To = RunState.Completed, Final = new FinalReport { Step = step, CheckpointVersion = checkpoint } };

        var details = Changes.Refused(code, Decide(RunViews.In(RunState.Running), request)).Details;

        Assert.Equal(code == RefusalCode.StepRegression ? (100L, 99L) : (10L, 9L), (details["current"], details["received"]));
    }

    [Fact]
    public void The_same_last_numbers_are_fine()
    {
        var request = new TransitionRequest { To = RunState.Completed, Final = new FinalReport { Step = 100, CheckpointVersion = 10 } };

        Assert.Null(Decide(RunViews.In(RunState.Running), request).Refusal);
    }

    [Theory]
    [InlineData(1, RefusalCode.StaleAttempt)]
    [InlineData(3, RefusalCode.UnknownAttempt)]
    public void A_transition_of_another_attempt_is_kept_out_before_anything_else(int attempt, RefusalCode code)
    {
        foreach (var to in RunViews.States)
        {
            Changes.Refused(code, Decide(RunViews.In(RunState.Running), new TransitionRequest { To = to, Attempt = attempt }));
        }
    }

    [Fact]
    public void A_run_that_went_on_keeps_when_it_first_started()
    {
        var view = RunViews.In(RunState.Paused);

        Assert.Equal(view.Head.StartedAt, Changes.Of(view, Decide(view, new TransitionRequest { To = RunState.Running })).Head.StartedAt);
    }

    [Fact]
    public void Handing_back_and_starting_again_clears_the_numbers_of_the_old_attempt()
    {
        var view = RunViews.In(RunState.Running, RunViews.Command(1, CommandType.Pause, CommandStatus.Delivered));

        var change = Changes.Of(view, Decide(view, new TransitionRequest { To = RunState.Queued, StatusMessage = "again" }));

        Assert.Equal(new RunProgress { StatusMessage = "again", Heartbeats = 12 }, change.Progress);
        Assert.Equal(CommandStatus.Pending, Assert.Single(change.Commands).Status);
        Assert.Contains(EventType.RunAttemptStarted, Changes.EventTypes(change));
    }

    [Fact]
    public void Whoever_moves_a_run_is_audited()
    {
        var request = new TransitionRequest { To = RunState.Failed };
        var bySystem = new TransitionDecider(RunViews.Run, request, Acting.From(new Actor(ActorType.System, "slurm"), CallContext.Empty), RunViews.Options);

        Assert.Equal("run.transition", Decide(RunViews.In(RunState.Running), request).Audit!.Action);
        Assert.Equal(("system", "slurm"), bySystem.Decide(RunViews.In(RunState.Running), RunViews.Now).Audit is { } entry ? (entry.ActorType, entry.ActorId) : default);
    }

    [Theory]
    [InlineData(150L, true)]
    [InlineData(100L, false)]
    [InlineData(null, false)]
    public void A_final_report_of_a_higher_step_is_an_advance(long? step, bool isAdvance)
    {
        var view = RunViews.In(RunState.Running).WithProgress(progress => progress with { AdvancedAt = RunViews.Changed });

        var change = Changes.Of(view, Decide(view, new TransitionRequest { To = RunState.Paused, Final = new FinalReport { Step = step } }));

        Assert.Equal(isAdvance ? RunViews.Now : RunViews.Changed, change.Progress!.AdvancedAt);
    }

    [Theory]
    [InlineData(0.5, double.NaN, false, true)]
    [InlineData(0.5, double.PositiveInfinity, false, true)]
    [InlineData(0.5, double.NaN, true, false)]
    [InlineData(0.5, 0.4, false, false)]
    [InlineData(0.5, null, false, false)]
    [InlineData(double.NaN, double.NaN, false, false)]
    [InlineData(null, double.NaN, false, false)]
    public void A_final_report_tells_of_the_first_loss_that_is_not_finite(double? before, double? loss, bool isKnown, bool isTold)
    {
        var view = RunViews.In(RunState.Running).With(head => head with { LossDiverged = isKnown }).WithProgress(progress => progress with { Loss = before });

        var change = Changes.Of(view, Decide(view, new TransitionRequest { To = RunState.Failed, Final = new FinalReport { Step = 150, Loss = loss } }));

        Assert.Equal(isTold ? [new LossNotFiniteData(150, loss!.Value)] : [], change.Events.Select(told => told.Data).OfType<LossNotFiniteData>());
        Assert.Equal(isKnown || isTold, change.Head.LossDiverged);
    }

    [Fact]
    public void An_unknown_run_goes_nowhere() => Changes.Refused(RefusalCode.RunNotFound, Decide(null, new TransitionRequest { To = RunState.Failed }));

    private static Decision<Effect> Decide(RunView? view, TransitionRequest request) =>
        new TransitionDecider(RunViews.Run, request, RunViews.ByAda, RunViews.Options).Decide(view, RunViews.Now);
}
