using Orchestrator.Core.Commands;
using Orchestrator.Core.Lifecycle;
using Orchestrator.Core.Runs;
using Orchestrator.Core.Sweeping;
using Orchestrator.Storage;

namespace Orchestrator.Core.Tests.Runs;

public sealed class OperatorWillTests
{
    private static readonly OperatorWill PausedAndTuned = new(Paused: true, new Dictionary<string, double> { ["learning_rate"] = 0.5, ["entropy_coef"] = 0.01 });

    [Fact]
    public void Applied_commands_are_what_operators_want()
    {
        var view = RunViews.In(RunState.Running, RunViews.Command(1, CommandType.Tune, CommandStatus.Delivered), RunViews.Command(2, CommandType.Pause, CommandStatus.Delivered));

        view = Acknowledge(view, 1);
        view = Acknowledge(view, 2);

        Assert.True(view.Head.Will!.Paused);
        Assert.Equal(new Dictionary<string, double> { ["learning_rate"] = 0.5 }, view.Head.Will.Tuned);
    }

    [Fact]
    public void What_a_heartbeat_reports_is_not_what_operators_want()
    {
        var view = RunViews.In(RunState.Running);
        var beat = Heartbeats.HeartbeatCases.Next with { Status = RuntimeStatus.Paused };

        var decision = new Core.Heartbeats.HeartbeatDecider(RunViews.Run, beat, 0, RunViews.Options).Decide(view, RunViews.Now);

        Assert.Equal((RunState.Paused, null), (decision.Change!.Head.State, decision.Change.Head.Will));
    }

    [Fact]
    public void A_new_attempt_is_tuned_and_paused_as_operators_want()
    {
        var change = BeginAttempt(Wanted());

        Assert.Equal([CommandType.Tune, CommandType.Pause], change.Commands.Select(command => command.Type));
        Assert.Equal([11L, 12L], change.Commands.Select(command => command.Sequence));
        Assert.All(change.Commands, command => Assert.Equal((new Actor(ActorType.System, "orchestrator"), CommandStatus.Pending), (command.Actor, command.Status)));
        Assert.Equal(PausedAndTuned.Tuned, TuneValues.Of(change.Commands[0]).ToDictionary());
        Assert.Equal(2, change.Commands.Select(command => command.Id).Distinct().Count());
        Assert.Equal(PausedAndTuned, change.Head.Will);
        Assert.Empty(new Run(change.Head, change.Progress!).Tuned);
    }

    [Fact]
    public void What_unacknowledged_commands_come_to_is_not_queued_again()
    {
        var resume = RunViews.Command(9, CommandType.Resume);
        var tune = RunViews.Command(10, CommandType.Tune, CommandStatus.Delivered);

        var change = BeginAttempt(Wanted(resume, tune));

        var carried = Assert.Single(change.Commands, RunDraft.IsCarriedOver);
        Assert.Equal(["entropy_coef"], TuneValues.Of(carried).Select(pair => pair.Key));
    }

    [Fact]
    public void A_tune_that_a_later_one_overrode_does_not_replace_what_operators_want()
    {
        // Tune 3 was delivered and not acknowledged; tune 5 was applied after it.
        var view = Wanted(RunViews.Command(3, CommandType.Tune, CommandStatus.Delivered))
            .With(head => head with { Tuned = new Dictionary<string, TunedValue> { ["learning_rate"] = new(0.5, 5), ["entropy_coef"] = new(0.01, 6) } });

        var change = BeginAttempt(view);

        Assert.Equal(PausedAndTuned.Tuned, TuneValues.Of(change.Commands.First(RunDraft.IsCarriedOver)).ToDictionary());
        Assert.Equal(5, change.Head.Tuned["learning_rate"].Sequence);
    }

    [Fact]
    public void A_run_that_is_to_end_gets_nothing_more()
    {
        var view = Wanted(RunViews.Command(9, CommandType.Terminate)).With(head => head with { State = RunState.Errored });

        Assert.DoesNotContain(BeginAttempt(view).Commands, RunDraft.IsCarriedOver);
    }

    [Fact]
    public void A_value_that_is_not_declared_any_more_is_not_asked_for()
    {
        var view = RunViews.In(RunState.Running).With(head => head with
        {
            Will = new OperatorWill(false, new Dictionary<string, double> { ["batch_size"] = 64, ["learning_rate"] = 2 }),
        });

        Assert.Empty(BeginAttempt(view).Commands);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void When_a_tune_that_replaced_a_wanted_value_lapses_the_value_is_queued(bool isRejected)
    {
        var tune = RunViews.Command(10, CommandType.Tune) with { ExpiresAt = RunViews.Now.AddMinutes(-1) };
        var view = Next(Wanted(tune), BeginAttempt(Wanted(tune)));
        Assert.Single(TuneValues.Of(view.Live.First(RunDraft.IsCarriedOver)));

        var change = isRejected
            ? Decide(view, 10, AckOutcome.Rejected)
            : new NextDecider(RunViews.Run, null, null, RunViews.Options).Decide(Unstarted(view), RunViews.Now).Change!;

        var queued = change.Commands.Single(command => command.Sequence == 13);
        Assert.Equal([KeyValuePair.Create("learning_rate", 0.5)], TuneValues.Of(queued));
    }

    [Fact]
    public void What_a_command_that_expires_in_the_queue_replaced_is_queued()
    {
        // The resume superseded the pause that was carried over, and the tune stood for a wanted value.
        var resume = RunViews.Command(13, CommandType.Resume) with { ExpiresAt = RunViews.Now.AddSeconds(-1) };
        var tune = RunViews.Command(14, CommandType.Tune) with { ExpiresAt = RunViews.Now.AddSeconds(-1) };
        var view = RunViews.In(RunState.Queued, resume, tune).With(head => head with { Will = PausedAndTuned, DueAt = RunViews.Now.AddSeconds(-1) });

        var change = new DueDecider(RunViews.Run, new Observation(RunViews.Changed, RunViews.Now), RunViews.Options).Decide(view, RunViews.Now).Change!;

        var queued = change.Commands.Where(RunDraft.IsCarriedOver).ToList();
        Assert.Equal([CommandType.Pause, CommandType.Tune], queued.Select(command => command.Type));
        Assert.Equal([KeyValuePair.Create("learning_rate", 0.5)], TuneValues.Of(queued[1]));
    }

    [Fact]
    public void When_a_terminate_is_rejected_in_a_later_attempt_all_that_operators_want_is_queued()
    {
        var errored = Wanted(RunViews.Command(9, CommandType.Terminate)).With(head => head with { State = RunState.Errored });

        var change = Decide(Next(errored, BeginAttempt(errored)), 9, AckOutcome.Rejected);

        var queued = change.Commands.Where(RunDraft.IsCarriedOver).ToList();
        Assert.Equal([CommandType.Tune, CommandType.Pause], queued.Select(command => command.Type));
        Assert.Equal(PausedAndTuned.Tuned, TuneValues.Of(queued[0]).ToDictionary());
    }

    [Fact]
    public void A_carried_over_command_that_is_rejected_is_not_repeated()
    {
        var view = Next(Wanted(), BeginAttempt(Wanted()));
        var carried = view.Live[0];

        var change = Decide(view, carried.Sequence, AckOutcome.Rejected, carried.Id);

        Assert.Equal([carried.Id], change.Commands.Select(command => command.Id));
    }

    [Fact]
    public void Carried_over_commands_do_not_count_for_the_limit()
    {
        var options = new OrchestratorOptions();
        options.Commands.MaxPending = 1;
        var view = Next(Wanted(), BeginAttempt(Wanted())).With(head => head with { State = RunState.Running });
        var tune = new NewCommand { Type = CommandType.Tune, Actor = RunViews.Ada, Payload = RunViews.Json("""{"clip_epsilon":0.1}""") };

        var decision = new EnqueueDecider(RunViews.Run, CommandId.Parse("new"), tune, RunViews.ByAda, options).Decide(view, RunViews.Now);

        Assert.Null(decision.Refusal);
    }

    private static RunView Wanted(params Command[] live) => RunViews.In(RunState.Running, live).With(head => head with
    {
        Will = PausedAndTuned,
        Tuned = new Dictionary<string, TunedValue> { ["learning_rate"] = new(0.5, 1), ["entropy_coef"] = new(0.01, 2) },
    });

    private static RunChange BeginAttempt(RunView view) => new AttemptDecider(
        RunViews.Run, new AttemptRequest { Actor = RunViews.Ada }, RunViews.ByAda, RunViews.Options).Decide(view, RunViews.Now).Change!;

    private static RunView Next(RunView before, RunChange change)
    {
        var live = before.Live.Where(RunViews.IsLive).ToDictionary(command => command.Sequence);
        foreach (var command in change.Commands)
        {
            live[command.Sequence] = command;
        }

        return new RunView(change.Head, change.Progress ?? before.Progress, [.. live.Values.Where(RunViews.IsLive).OrderBy(command => command.Sequence)]);
    }

    /// <summary>The run once its worker has it: a queued run gets nothing.</summary>
    private static RunView Unstarted(RunView view) => view.With(head => head with { State = RunState.Provisioning });

    private static RunView Acknowledge(RunView view, long sequence) => Next(view, Decide(view, sequence, AckOutcome.Applied));

    private static RunChange Decide(RunView view, long sequence, AckOutcome outcome, CommandId? id = null)
    {
        var command = view.Live.Single(live => live.Sequence == sequence);
        var started = Unstarted(view) with { Command = command };
        started = view.Head.State == RunState.Queued ? started : view with { Command = command };
        return new AckDecider(RunViews.Run, id ?? command.Id, new Acknowledgement { Outcome = outcome, Attempt = view.Head.Attempt }, CallContext.Empty, RunViews.Options)
            .Decide(started, RunViews.Now).Change!;
    }
}
