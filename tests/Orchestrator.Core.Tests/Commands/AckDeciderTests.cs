using Orchestrator.Core.Commands;
using Orchestrator.Core.Storage;
using Orchestrator.Core.Tests.Runs;
using Orchestrator.Storage;

namespace Orchestrator.Core.Tests.Commands;

public sealed class AckDeciderTests
{
    private static readonly Acknowledgement Applied = new();
    private static readonly Acknowledgement Rejected = new() { Outcome = AckOutcome.Rejected, Reason = "no" };

    public static TheoryData<RunState, CommandType> Cases => new(RunViews.States.SelectMany(state => Enum.GetValues<CommandType>().Select(type => (state, type))));

    [Theory]
    [MemberData(nameof(Cases))]
    public void An_acknowledgement_is_recorded_and_has_the_effect_of_the_contract(RunState state, CommandType type)
    {
        // The end of a run applies its terminate without an acknowledgement; nothing else does.
        CommandStatus[] unacknowledged = [CommandStatus.Pending, CommandStatus.Delivered, CommandStatus.Superseded, CommandStatus.Expired];
        foreach (var status in state == RunState.Terminated ? [.. unacknowledged, CommandStatus.Applied] : unacknowledged)
        {
            foreach (var acknowledgement in new[] { Applied, Rejected })
            {
                Check(state, RunViews.Command(3, type, status), acknowledgement);
            }
        }
    }

    [Fact]
    public void An_acknowledgement_stamps_the_delivery_only_where_there_was_none()
    {
        var delivered = RunViews.Command(1, CommandType.Tune, CommandStatus.Delivered, deliveredAt: RunViews.Changed);
        var pending = RunViews.Command(2, CommandType.Tune);

        Assert.Equal((RunViews.Changed, RunViews.Now), Stamps(Decide(RunState.Running, delivered, Applied)));
        Assert.Equal((RunViews.Now, RunViews.Now), Stamps(Decide(RunState.Running, pending, Applied)));

        static (DateTimeOffset?, DateTimeOffset?) Stamps(Decision<Receipt<Command>> decision) =>
            (decision.Answer.Value.DeliveredAt, decision.Answer.Value.AcknowledgedAt);
    }

    [Fact]
    public void An_applied_tune_is_merged_as_it_was_applied()
    {
        var command = RunViews.Command(3, CommandType.Tune, payload: """{"learning_rate":0.5,"clip_epsilon":0.2}""");
        var applied = new Dictionary<string, double> { ["learning_rate"] = 0.4 };

        var asked = Decide(RunState.Running, command, Applied).Change!.Head.Tuned;
        var given = Decide(RunState.Running, command, Applied with { Applied = applied }).Change!.Head.Tuned;

        Assert.Equal([("clip_epsilon", new TunedValue(0.2, 3)), ("learning_rate", new TunedValue(0.5, 3))], asked.Select(pair => (pair.Key, pair.Value)).Order(ByName));
        Assert.Equal([("clip_epsilon", new TunedValue(null, 3)), ("learning_rate", new TunedValue(0.4, 3))], given.Select(pair => (pair.Key, pair.Value)).Order(ByName));
    }

    [Theory]
    [InlineData(CommandType.Pause, "resume terminate pause", "tune")]
    [InlineData(CommandType.Resume, "resume terminate pause", "tune")]
    [InlineData(CommandType.Tune, "tune", "resume terminate pause")]
    public void An_applied_command_supersedes_the_earlier_ones_that_it_overrides(CommandType type, string overridden, string left)
    {
        Command[] earlier =
        [
            RunViews.Command(1, CommandType.Resume),
            RunViews.Command(2, CommandType.Terminate, CommandStatus.Delivered),
            RunViews.Command(3, CommandType.Pause, CommandStatus.Delivered),
            RunViews.Command(4, CommandType.Tune),
        ];
        var command = RunViews.Command(5, type, CommandStatus.Delivered);
        var view = RunViews.In(RunState.Running, [.. earlier, command, RunViews.Command(6, type)]) with { Command = command };

        var superseded = Changes.Of(view, Decide(view, command, Applied)).Commands.Where(stored => stored.Status == CommandStatus.Superseded).ToArray();
        var rejected = Changes.Of(view, Decide(view, command, Rejected)).Commands;

        Assert.Equal(overridden, string.Join(' ', superseded.Select(stored => stored.Type.ToWireName())));
        Assert.Equal(left, string.Join(' ', earlier.ExceptBy(superseded.Select(stored => stored.Id), one => one.Id).Select(one => one.Type.ToWireName())));
        Assert.Equal([command.Id], rejected.Select(stored => stored.Id));
    }

    [Fact]
    public void A_tune_is_not_superseded_by_one_that_sets_only_some_of_its_names()
    {
        var older = RunViews.Command(1, CommandType.Tune, payload: """{"learning_rate":0.5,"clip_epsilon":0.2}""");
        var command = RunViews.Command(2, CommandType.Tune);
        var view = RunViews.In(RunState.Running, older, command) with { Command = command };

        var change = Changes.Of(view, Decide(view, command, Applied));
        var next = new NextDecider(RunViews.Run, null, null, RunViews.Options).Decide(new RunView(change.Head, view.Progress, [older]), RunViews.Now);

        Assert.Equal([command.Id], change.Commands.Select(stored => stored.Id));
        Assert.Equal("""{"clip_epsilon":0.2}""", next.Answer.Command!.Payload!.Value.GetRawText());
        Assert.Equal(older.Payload, Assert.Single(next.Change!.Commands).Payload);
    }

    [Fact]
    public void A_name_that_the_answer_left_out_is_not_shown_and_not_set_by_an_older_tune()
    {
        var older = RunViews.Command(1, CommandType.Tune, payload: """{"learning_rate":0.5,"clip_epsilon":0.2}""");
        var command = RunViews.Command(2, CommandType.Tune);
        var view = RunViews.In(RunState.Running, older, command) with { Command = command };

        var change = Changes.Of(view, Decide(view, command, Applied with { Applied = new Dictionary<string, double> { ["warmup"] = 3 } }));
        var next = new NextDecider(RunViews.Run, null, null, RunViews.Options).Decide(new RunView(change.Head, view.Progress, [older]), RunViews.Now);

        Assert.Equal([("warmup", new TunedValue(3, 0))], new Run(change.Head, view.Progress).Tuned.Select(pair => (pair.Key, pair.Value)));
        Assert.Equal("""{"clip_epsilon":0.2}""", next.Answer.Command!.Payload!.Value.GetRawText());
    }

    [Fact]
    public void An_older_setting_that_is_acknowledged_late_does_not_follow_a_newer_one()
    {
        var late = RunViews.Command(3, CommandType.Tune, CommandStatus.Delivered, """{"learning_rate":0.5,"clip_epsilon":0.2}""");
        var view = RunViews.In(RunState.Running, late)
            .With(head => head with { Tuned = new Dictionary<string, TunedValue> { ["learning_rate"] = new(0.1, 4) } }) with
        { Command = late };

        var tuned = Changes.Of(view, Decide(view, late, Applied)).Head.Tuned;

        Assert.Equal((new TunedValue(0.1, 4), new TunedValue(0.2, 3)), (tuned["learning_rate"], tuned["clip_epsilon"]));
    }

    [Theory]
    [InlineData(AckOutcome.Applied, null, AckOutcome.Applied, null, true)]
    [InlineData(AckOutcome.Applied, 0.5, AckOutcome.Applied, 0.5, true)]
    [InlineData(AckOutcome.Applied, 0.5, AckOutcome.Applied, null, true)]
    [InlineData(AckOutcome.Applied, null, AckOutcome.Applied, 0.5, true)]
    [InlineData(AckOutcome.Applied, 0.5, AckOutcome.Applied, 0.4, false)]
    [InlineData(AckOutcome.Applied, null, AckOutcome.Rejected, null, false)]
    [InlineData(AckOutcome.Rejected, null, AckOutcome.Applied, null, false)]
    [InlineData(AckOutcome.Rejected, null, AckOutcome.Rejected, null, true)]
    public void The_same_acknowledgement_again_changes_nothing_and_a_contradicting_one_is_refused(
        AckOutcome outcome, double? value, AckOutcome again, double? valueAgain, bool isSame)
    {
        foreach (var state in RunViews.States)
        {
            foreach (var status in new[] { CommandStatus.Applied, CommandStatus.Rejected, CommandStatus.Superseded, CommandStatus.Expired })
            {
                var command = RunViews.Command(3, CommandType.Tune, status) with { AcknowledgedAt = RunViews.Changed, Acknowledgement = Of(outcome, value) };
                var decision = Decide(state, command, Of(again, valueAgain) with { Reason = "other words", Step = 9 });
                if (isSame)
                {
                    Assert.Equal(new Receipt<Command>(command, Effect.None), Changes.Unchanged(decision));
                }
                else
                {
                    Assert.Equal(outcome.ToWireName(), Changes.Refused(RefusalCode.AckConflict, decision).Details["outcome"]);
                }
            }
        }

        static Acknowledgement Of(AckOutcome outcome, double? value) => new()
        {
            Outcome = outcome,
            Applied = value is { } number ? new Dictionary<string, double> { ["learning_rate"] = number } : null,
        };
    }

    [Theory]
    [InlineData(null, null)]
    [InlineData(1, RefusalCode.StaleAttempt)]
    [InlineData(2, null)]
    [InlineData(3, RefusalCode.UnknownAttempt)]
    public void An_acknowledgement_is_fenced_by_its_attempt(int? attempt, RefusalCode? code) =>
        Assert.Equal(code, Decide(RunState.Running, RunViews.Command(3, CommandType.Pause), Applied with { Attempt = attempt }).Refusal?.Code);

    [Fact]
    public void A_sign_of_life_is_taken_from_an_acknowledgement()
    {
        var command = RunViews.Command(3, CommandType.Tune);
        var view = RunViews.In(RunState.Running, command).With(head => head with { Health = HealthStatus.Unresponsive }) with { Command = command };

        foreach (var acknowledgement in new[] { Applied, Rejected })
        {
            var change = Changes.Of(view, Decide(view, command, acknowledgement));

            Assert.Equal((RunViews.Now, HealthStatus.Healthy), (change.Head.LastSignAt, change.Head.Health));
            Assert.Contains(EventType.RunHealthChanged, Changes.EventTypes(change));
        }
    }

    [Theory]
    [InlineData("sso|w", "w-1", "sso|w")]
    [InlineData(null, "w-1", "w-1")]
    [InlineData(null, null, "worker")]
    public void An_acknowledgement_is_audited_by_who_gave_it(string? principal, string? worker, string actor)
    {
        var command = RunViews.Command(3, CommandType.Pause);
        var view = RunViews.In(RunState.Running, command).With(head => head with { WorkerId = worker }) with { Command = command };

        var decision = Decide(view, command, Applied, new CallContext { Principal = principal });

        Assert.Equal(("command.ack", "worker", actor), (decision.Audit!.Action, decision.Audit.ActorType, decision.Audit.ActorId));
        Assert.Equal(decision.Command?.Value, decision.Audit.Target);
        Assert.Equal(command.Id, decision.Command);
    }

    [Fact]
    public void Nothing_is_acknowledged_of_an_unknown_run_or_command()
    {
        var command = RunViews.Command(3, CommandType.Pause);

        Changes.Refused(RefusalCode.RunNotFound, Decide(null, command, Applied));
        Changes.Refused(RefusalCode.CommandNotFound, Decide(RunViews.In(RunState.Running), command, Applied));
        Changes.Refused(RefusalCode.CommandNotFound, Decide(RunViews.In(RunState.Running), command, Applied with { Attempt = 1 }));
    }

    private static void Check(RunState state, Command command, Acknowledgement acknowledgement)
    {
        var view = RunViews.In(state, command) with { Command = command };
        var applies = acknowledgement.Outcome == AckOutcome.Applied && RunViews.IsLive(command) && !state.IsTerminal();
        RunState? expected = (applies, command.Type, state) switch
        {
            (true, CommandType.Pause, RunState.Queued or RunState.Provisioning or RunState.Running or RunState.Errored) => RunState.Paused,
            (true, CommandType.Resume, RunState.Queued or RunState.Provisioning or RunState.Paused or RunState.Errored) => RunState.Running,
            (true, CommandType.Terminate, not RunState.Terminating) => RunState.Terminating,
            _ => null,
        };

        var decision = Decide(view, command, acknowledgement);
        var change = Changes.Of(view, decision);

        var outcome = acknowledgement.Outcome == AckOutcome.Applied ? CommandStatus.Applied : CommandStatus.Rejected;
        Assert.Equal(
            command with
            {
                Status = RunViews.IsLive(command) ? outcome : command.Status,
                DeliveredAt = command.DeliveredAt ?? RunViews.Now,
                AcknowledgedAt = RunViews.Now,
                Acknowledgement = acknowledgement,
            },
            decision.Answer.Value);
        Assert.Equal([decision.Answer.Value], change.Commands);
        Assert.Contains(change.Events, told => told.Type == EventType.CommandAcknowledged);
        Assert.Equal(expected ?? state, change.Head.State);
        Assert.Equal(expected is null ? [] : [(expected.Value, "worker")], change.Transitions.Select(step => (step.To, step.ChangedBy)));
        Assert.Equal(applies && command.Type == CommandType.Tune ? 1 : 0, change.Head.Tuned.Count);
        var agrees = acknowledgement.Outcome == AckOutcome.Applied && command.Type == CommandType.Terminate && change.Head.State == RunState.Terminating;
        Assert.Equal(agrees, change.Head.Termination?.Acknowledged ?? false);
        Assert.Equal(state.IsTerminal() ? null : RunViews.Now, change.Head.LastSignAt);
        Assert.Null(change.Progress);
    }

    private static Comparer<(string Name, TunedValue)> ByName { get; } = Comparer<(string Name, TunedValue)>.Create((one, other) => string.CompareOrdinal(one.Name, other.Name));

    private static Decision<Receipt<Command>> Decide(RunState state, Command command, Acknowledgement acknowledgement) =>
        Decide(RunViews.In(state, command) with { Command = command }, command, acknowledgement);

    private static Decision<Receipt<Command>> Decide(RunView? view, Command command, Acknowledgement acknowledgement, CallContext? context = null) =>
        new AckDecider(RunViews.Run, command.Id, acknowledgement, context ?? CallContext.Empty, RunViews.Options).Decide(view, RunViews.Now);
}
