using Orchestrator.Core.Heartbeats;
using Orchestrator.Core.Storage;
using Orchestrator.Core.Tests.Runs;
using Orchestrator.Storage;

namespace Orchestrator.Core.Tests.Heartbeats;

/// <summary>The decider of heartbeats as a table, compared with <see cref="HeartbeatOracle"/> row by row.</summary>
public sealed class HeartbeatDeciderTests
{
    private static readonly OrchestratorOptions Options = new();

    public static TheoryData<RunState> States => new(RunViews.States);

    [Theory]
    [MemberData(nameof(States))]
    public void Every_check_comes_in_the_order_of_the_contract(RunState state)
    {
        foreach (var (view, beat) in HeartbeatCases.Checks(state))
        {
            Compare(view, beat, 0);
        }
    }

    [Theory]
    [MemberData(nameof(States))]
    public void Every_accepted_heartbeat_has_the_effect_of_the_contract(RunState state)
    {
        foreach (var (view, beat, commands) in HeartbeatCases.Effects(state))
        {
            Compare(view, beat, commands);
        }
    }

    [Theory]
    [MemberData(nameof(States))]
    public void Quick_changes_of_status_are_counted_and_bounded(RunState state)
    {
        foreach (var (view, beat) in HeartbeatCases.QuickChanges(state))
        {
            Compare(view, beat, 0);
        }
    }

    [Fact]
    public void A_heartbeat_of_an_unknown_run_is_refused_and_writes_nothing() =>
        Changes.Refused(RefusalCode.RunNotFound, new HeartbeatDecider(RunViews.Run, HeartbeatCases.Next, 16, Options).Decide(null, RunViews.Now));

    [Fact]
    public void The_table_sees_every_answer_there_is()
    {
        var answers = RunViews.States.SelectMany(HeartbeatCases.Checks).Select(row => HeartbeatOracle.Expect(row.View, row.Beat, 0, RunViews.Now).Answer);

        Assert.Equal(
            [
                "accepted", "attempt_required", "checkpoint_regression", "duplicate", "heartbeat_throttled", "run_ended", "stale_attempt", "step_regression",
                "unknown_attempt",
            ],
            answers.Distinct().Order());
    }

    [Fact]
    public void A_plain_heartbeat_is_decided_without_a_view_of_the_progress()
    {
        var decision = new HeartbeatDecider(RunViews.Run, HeartbeatCases.Next, 16, Options).Decide(RunViews.In(RunState.Running), RunViews.Now);

        Assert.Null(decision.Change);
        Assert.Null(decision.ExpectedHeartbeats);
        Assert.Equal(new HeartbeatWrite(HeartbeatCases.Next, RunViews.Now, HeartbeatOracle.Interval), decision.Heartbeat);
    }

    [Theory]
    [InlineData(0.5, double.NaN, true)]
    [InlineData(null, double.NaN, true)]
    [InlineData(0.5, 0.4, false)]
    public void What_depends_on_the_loss_before_names_the_heartbeats_that_it_was_decided_on(double? before, double loss, bool depends)
    {
        var view = RunViews.In(RunState.Running).WithProgress(progress => progress with { Loss = before });

        var decision = new HeartbeatDecider(RunViews.Run, HeartbeatCases.Next with { Loss = loss }, 0, Options).Decide(view, RunViews.Now);

        Assert.Equal(depends ? view.Progress.Heartbeats : null, decision.ExpectedHeartbeats);
    }

    [Fact]
    public void A_minimum_interval_of_zero_switches_the_throttle_off()
    {
        var options = new OrchestratorOptions { Heartbeats = { MinInterval = TimeSpan.Zero } };
        var view = RunViews.In(RunState.Running).WithProgress(progress => progress with { LastHeartbeatAt = RunViews.Now });

        var decision = new HeartbeatDecider(RunViews.Run, HeartbeatCases.Next, 0, options).Decide(view, RunViews.Now);

        Assert.True(decision.Answer.Accepted);
        Assert.True(decision.Heartbeat!.Value.IsAcceptedBy(view.Progress));
    }

    private static void Compare(RunView view, Heartbeat beat, int commands)
    {
        var expected = HeartbeatOracle.Expect(view, beat, commands, RunViews.Now);
        var decision = new HeartbeatDecider(RunViews.Run, beat, commands, Options).Decide(view, RunViews.Now);
        var actual = Describe(decision);
        Assert.True(expected == actual, $"{view}\n{beat}, commands {commands}\nexpected {expected}\nactual   {actual}");

        if (decision.Change is not null)
        {
            var change = Changes.Of(view, decision);
            Assert.Null(change.Progress);
            Assert.All(change.Events, told => Assert.Equal(view.Head.Attempt, told.Attempt));
        }

        Assert.Equal(expected.Answer == "accepted", decision.Heartbeat is not null);
        Assert.Null(decision.Audit);
    }

    private static HeartbeatOracle.Expectation Describe(Decision<HeartbeatTaken> decision) => new(
        decision.Refusal?.Code.ToWireName() ?? (decision.Answer.Accepted ? "accepted" : "duplicate"),
        string.Join(' ', (decision.Refusal?.Details ?? new Dictionary<string, object?>()).OrderBy(pair => pair.Key).Select(pair => $"{pair.Key}={pair.Value}")),
        decision.Change is { } change ? change.Head with { DueAt = null, DueAfterSilence = null, DueAfterStandstill = null } : null,
        HeartbeatOracle.Sorted((decision.Change?.Events ?? []).Select(Describe)),
        string.Join(", ", (decision.Answer.Commands ?? []).Select(command => $"{command.Id} {command.Status.ToWireName()} {command.DeliveryCount}")));

    private static string Describe(RunEvent told) => told.Type.ToWireName() + " " + told.Data switch
    {
        LossNotFiniteData data => $"{data.Step} {data.Loss}",
        HealthChangedData data => $"{data.From.ToWireName()} {data.To.ToWireName()}",
        StateChangedData { EndReason: null, Transition: var step } => $"{step.From?.ToWireName()} {step.To.ToWireName()} {step.ChangedBy} {step.Reason}",
        HeartbeatRefusedData data => data.Code.ToWireName(),
        CommandData data => data.Command.Id.Value,
        var other => other.ToString(),
    };
}
