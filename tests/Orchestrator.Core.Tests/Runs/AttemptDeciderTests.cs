using Orchestrator.Core.Runs;
using Orchestrator.Core.Storage;
using Orchestrator.Storage;

namespace Orchestrator.Core.Tests.Runs;

public sealed class AttemptDeciderTests
{
    private static readonly AttemptRequest Request = new() { Actor = RunViews.Ada, Reason = "node lost" };

    public static TheoryData<RunState> Restartable => [RunState.Provisioning, RunState.Running, RunState.Paused, RunState.Errored];

    public static TheoryData<RunState> NotRestartable => [RunState.Queued, RunState.Terminating, RunState.Completed, RunState.Failed, RunState.Terminated];

    [Theory]
    [MemberData(nameof(Restartable))]
    public void A_new_attempt_is_queued_and_as_new(RunState state)
    {
        var view = Worn(state);

        var decision = Decide(view, Request);
        var change = Changes.Of(view, decision);

        Assert.Equal(Effect.Done, decision.Answer);
        Assert.Equal(
            view.Head with
            {
                State = RunState.Queued,
                Attempt = RunViews.Attempt + 1,
                WorkerId = null,
                Health = HealthStatus.Healthy,
                HealthChangedAt = RunViews.Now,
                KeptRefusals = 0,
                LossDiverged = false,
                LastSignAt = null,
                EarlierAttempts = new EarlierAttempts { HighestStep = 100, HighestCheckpoint = 10 },
                ResumePoint = new ResumePoint(RunViews.Run, RunViews.Attempt, 10, 90, "s3://10"),
                Events = view.Head.Events + 3,
                Transitions = view.Head.Transitions + 1,
                ChangedAt = RunViews.Now,
                Revision = view.Head.Revision + 1,
            },
            change.Head);
        Assert.Equal(new RunProgress { StatusMessage = "warm", Heartbeats = 12 }, change.Progress);
        Assert.Equal([new StateTransition(6, state, RunState.Queued, "ada", "node lost", RunViews.Attempt + 1, RunViews.Now)], change.Transitions);
        Assert.Equal(
            new EventData[]
            {
                new AttemptStartedData("node lost", null, new ResumeFrom(0, 0)),
                new HealthChangedData(HealthStatus.Unresponsive, HealthStatus.Healthy, TimeSpan.FromMinutes(1)),
                new StateChangedData(change.Transitions[0], null),
            },
            change.Events.Select(told => told.Data));
        Assert.All(change.Events, told => Assert.Equal(RunViews.Attempt + 1, told.Attempt));
        Assert.Equal(view.Progress.Heartbeats, decision.ExpectedHeartbeats);
        Assert.Equal(("run.attempt", "ada"), (decision.Audit!.Action, decision.Audit.ActorId));
    }

    [Theory]
    [MemberData(nameof(Restartable))]
    public void A_worker_that_goes_on_has_the_run_at_once_by_two_transitions(RunState state)
    {
        var view = Worn(state);

        var change = Changes.Of(view, Decide(view, Request with { WorkerId = "w-2" }));

        Assert.Equal([(state, RunState.Queued), (RunState.Queued, RunState.Provisioning)], change.Transitions.Select(step => (step.From!.Value, step.To)));
        Assert.Equal(("w-2", true), (change.Head.WorkerId, change.Head.Claimed));
    }

    [Fact]
    public void A_new_attempt_goes_on_from_where_it_says()
    {
        var view = Worn(RunState.Running);

        var progress = Changes.Of(view, Decide(view, Request with { ResumeFrom = new ResumeFrom(80, 8) })).Progress!;

        Assert.Equal(
            new RunProgress { CurrentStep = 80, CheckpointVersion = 8, CheckpointStep = 80, StatusMessage = "warm", Heartbeats = 12 },
            progress);
    }

    [Fact]
    public void A_new_attempt_from_the_newest_checkpoint_knows_its_place()
    {
        var view = Worn(RunState.Running);

        var change = Changes.Of(view, Decide(view, Request with { ResumeFrom = new ResumeFrom(90, 10) }));

        Assert.Equal((10L, 90L, "s3://10"), (change.Progress!.CheckpointVersion, change.Progress.CheckpointStep, change.Progress.CheckpointUri));
        Assert.Equal(new ResumePoint(RunViews.Run, RunViews.Attempt, 10, 90, "s3://10"), change.Head.ResumePoint);
    }

    [Fact]
    public void An_attempt_without_a_heartbeat_passes_its_resume_point_and_counters_on()
    {
        var own = new ResumePoint(RunViews.Run, 1, 8, 80, "s3://8");
        var view = Worn(RunState.Provisioning)
            .With(head => head with { ResumePoint = own })
            .WithProgress(_ => new RunProgress { CurrentStep = 80, CheckpointVersion = 8, CheckpointStep = 80, CheckpointUri = "s3://8" });

        var change = Changes.Of(view, Decide(view, Request));

        Assert.Equal(own, change.Head.ResumePoint);
        Assert.Equal(view.Progress, change.Progress);
    }

    [Fact]
    public void A_checkpoint_without_a_place_is_no_resume_point_and_the_one_before_stays()
    {
        var own = new ResumePoint(RunViews.Run, 1, 8, 80, "s3://8");
        var view = Worn(RunState.Running).WithProgress(progress => progress with { CheckpointUri = null });

        Assert.Null(Changes.Of(view, Decide(view, Request)).Head.ResumePoint);
        view = view.With(head => head with { ResumePoint = own });
        Assert.Equal(own, Changes.Of(view, Decide(view, Request)).Head.ResumePoint);
    }

    [Fact]
    public void An_attempt_that_only_repeated_the_checkpoint_that_it_began_from_made_none()
    {
        var own = new ResumePoint(RunViews.Run, 1, 10, 90, "s3://10");
        var view = Worn(RunState.Running).With(head => head with { ResumePoint = own });

        Assert.Equal(own, Changes.Of(view, Decide(view, Request)).Head.ResumePoint);
    }

    [Fact]
    public void An_operators_attempt_is_no_failure_and_remembers_the_highest_step_and_checkpoint()
    {
        var view = Worn(RunState.Running).With(head => head with
        {
            EarlierAttempts = new EarlierAttempts { Failures = 2, HighestStep = 100, HighestCheckpoint = 12 },
        });

        Assert.Equal(new EarlierAttempts { Failures = 2, HighestStep = 100, HighestCheckpoint = 12 }, Changes.Of(view, Decide(view, Request)).Head.EarlierAttempts);
        view = view.WithProgress(progress => progress with { CurrentStep = 101 });
        Assert.Equal(new EarlierAttempts { Failures = 0, HighestStep = 101, HighestCheckpoint = 12 }, Changes.Of(view, Decide(view, Request)).Head.EarlierAttempts);
    }

    [Fact]
    public void A_new_attempt_has_no_holder()
    {
        var view = Worn(RunState.Running).With(head => head with { Claim = new RunClaim("c", null) });

        Assert.Null(Changes.Of(view, Decide(view, Request)).Head.Claim);
        Assert.Null(Changes.Of(view, Decide(view, Request with { WorkerId = "w-2" })).Head.Claim);
    }

    [Fact]
    public void All_unacknowledged_commands_are_to_be_delivered_again()
    {
        var view = RunViews.In(RunState.Running, RunViews.Command(1, CommandType.Pause, CommandStatus.Delivered), RunViews.Command(2, CommandType.Tune), RunViews.Command(3, CommandType.Tune, CommandStatus.Delivered));
        var change = Changes.Of(view, Decide(view, Request));

        Assert.Equal([(1L, CommandStatus.Pending), (3L, CommandStatus.Pending)], change.Commands.Select(command => (command.Sequence, command.Status)));
        Assert.All(change.Commands, command => Assert.Equal(1, command.DeliveryCount));
    }

    [Fact]
    public void A_run_that_was_claimed_once_stays_fenced()
    {
        var view = RunViews.In(RunState.Running).With(head => head with { Claimed = true });

        Assert.True(Changes.Of(view, Decide(view, Request)).Head.Claimed);
    }

    [Theory]
    [MemberData(nameof(NotRestartable))]
    public void No_other_state_begins_an_attempt(RunState state)
    {
        var refusal = Changes.Refused(RefusalCode.InvalidTransition, Decide(RunViews.In(state), Request));

        Assert.Equal((state.ToWireName(), "queued"), (refusal.Details["from"], refusal.Details["to"]));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void A_wrong_expected_attempt_is_stale(int expected)
    {
        var refusal = Changes.Refused(RefusalCode.StaleAttempt, Decide(RunViews.In(RunState.Running), Request with { ExpectedAttempt = expected }));

        Assert.Equal(RunViews.Attempt, refusal.Details["current_attempt"]);
    }

    [Fact]
    public void The_right_expected_attempt_is_taken() =>
        Assert.Equal(Effect.Done, Decide(RunViews.In(RunState.Running), Request with { ExpectedAttempt = RunViews.Attempt }).Answer);

    [Fact]
    public void An_unknown_run_begins_no_attempt() => Changes.Refused(RefusalCode.RunNotFound, Decide(null, Request));

    /// <summary>A run in whose attempt everything happened that a new attempt takes back.</summary>
    private static RunView Worn(RunState state) => RunViews.In(state).With(head => head with
    {
        WorkerId = "w-1",
        Health = HealthStatus.Unresponsive,
        KeptRefusals = 0xff,
        LossDiverged = true,
        LastSignAt = RunViews.Changed,
    });

    private static Decision<Effect> Decide(RunView? view, AttemptRequest request) =>
        new AttemptDecider(RunViews.Run, request, RunViews.ByAda, RunViews.Options).Decide(view, RunViews.Now);
}
