using Orchestrator.Core.Commands;
using Orchestrator.Core.Lifecycle;
using Orchestrator.Core.Storage;
using Orchestrator.Core.Tests.Runs;
using Orchestrator.Storage;

namespace Orchestrator.Core.Tests.Commands;

public sealed class EnqueueDeciderTests
{
    private static readonly CommandId NewId = RunViews.IdOf(11);

    /// <summary>Every type in every state behind every queue that leads somewhere else.</summary>
    public static TheoryData<CommandType, RunState, string> Requests => new(
        from type in Enum.GetValues<CommandType>()
        from state in RunViews.States
        from queue in new[] { "", "pause", "resume", "pause! tune", "terminate" }
        select (type, state, queue));

    public static TheoryData<string, NewCommand, string?> Same => new()
    {
        { "itself", Tune("""{"learning_rate":0.5,"notes":"x"}"""), null },
        { "members in another order", Tune("""{"notes":"x","learning_rate":5e-1}"""), null },
        { "another time of issue", Tune("""{"learning_rate":0.5,"notes":"x"}""") with { IssuedAt = RunViews.Now }, null },
    };

    public static TheoryData<string, NewCommand, string?> Other => new()
    {
        { "type", NewCommand.Pause(RunViews.Ada), null },
        { "payload", Tune("""{"learning_rate":0.4,"notes":"x"}"""), null },
        { "no payload", Tune("{}") with { Payload = null }, null },
        { "expiry", Tune("""{"learning_rate":0.5,"notes":"x"}""") with { ExpiresAt = RunViews.Now }, null },
        { "actor", Tune("""{"learning_rate":0.5,"notes":"x"}""") with { Actor = new Actor(ActorType.Operator, "bob") }, null },
        { "on behalf of", Tune("""{"learning_rate":0.5,"notes":"x"}"""), "ada" },
    };

    [Theory]
    [MemberData(nameof(Requests))]
    public void A_command_is_taken_where_it_fits_the_projected_state(CommandType type, RunState state, string queue)
    {
        var live = state.IsTerminal() ? [] : Queue(queue);
        var projected = live.Length == 0 || state == RunState.Terminating ? state : live[0].Type switch
        {
            CommandType.Pause => RunState.Paused,
            CommandType.Resume => RunState.Running,
            _ => RunState.Terminating,
        };
        var fits = type switch
        {
            CommandType.Pause => projected is RunState.Running or RunState.Provisioning,
            CommandType.Resume => projected is RunState.Paused,
            CommandType.Tune => projected is RunState.Running or RunState.Paused,
            _ => !state.IsTerminal(),
        };

        var decision = Decide(RunViews.In(state, live), Request(type));

        if (fits)
        {
            Assert.Equal((Effect.Done, type, 11L), (decision.Answer.Effect, decision.Answer.Value.Type, decision.Answer.Value.Sequence));
        }
        else
        {
            var details = Changes.Refused(RefusalCode.InvalidState, decision).Details;
            Assert.Equal(
                (state.ToWireName(), projected.ToWireName(), type.ToWireName()),
                (details["state"], details["projected_state"], details["command"]));
        }
    }

    [Fact]
    public void An_accepted_command_is_stored_as_it_was_given_and_moves_no_run()
    {
        var request = Tune("""{"learning_rate":0.5}""") with { IssuedAt = RunViews.Changed, ExpiresAt = RunViews.Now.AddHours(1) };
        var acting = Acting.From(RunViews.Ada, new CallContext { Principal = "sso|ada" });
        var view = RunViews.In(RunState.Running);

        var decision = new EnqueueDecider(RunViews.Run, NewId, request, acting, RunViews.Options).Decide(view, RunViews.Now);
        var change = Changes.Of(view, decision);

        Assert.Equal(
            new Command
            {
                Id = NewId,
                RunId = RunViews.Run,
                Sequence = 11,
                Type = CommandType.Tune,
                Payload = request.Payload,
                Actor = new Actor(ActorType.Operator, "sso|ada"),
                OnBehalfOf = RunViews.Ada,
                IssuedAt = RunViews.Changed,
                ExpiresAt = RunViews.Now.AddHours(1),
                Status = CommandStatus.Pending,
                CreatedAt = RunViews.Now,
            },
            decision.Answer.Value);
        Assert.Equal([decision.Answer.Value], change.Commands);
        Assert.Equal([EventType.CommandQueued], Changes.EventTypes(change));
        Assert.Equal((11L, RunState.Running), (change.Head.Commands, change.Head.State));
        Assert.Equal(NewId, decision.Command);
        Assert.Equal(("command.tune", "sso|ada", "ada"), (decision.Audit!.Action, decision.Audit.ActorId, decision.Audit.OnBehalfOf));
        Assert.Equal(decision.Command?.Value, decision.Audit.Target);
    }

    [Theory]
    [MemberData(nameof(Same))]
    public void The_same_id_with_the_same_content_answers_the_stored_command(string content, NewCommand request, string? principal)
    {
        var stored = RunViews.Command(3, CommandType.Tune, CommandStatus.Rejected, """{"learning_rate":0.5,"notes":"x"}""");

        foreach (var state in RunViews.States)
        {
            var answer = Changes.Unchanged(Decide(RunViews.In(state) with { Command = stored }, request, principal));
            Assert.Equal((content, stored, Effect.None), (content, answer.Value, answer.Effect));
        }
    }

    [Theory]
    [MemberData(nameof(Other))]
    public void The_same_id_with_other_content_is_a_conflict(string content, NewCommand request, string? principal)
    {
        var stored = RunViews.Command(3, CommandType.Tune, CommandStatus.Applied, """{"learning_rate":0.5,"notes":"x"}""");

        foreach (var state in RunViews.States)
        {
            var refusal = Changes.Refused(RefusalCode.CommandIdConflict, Decide(RunViews.In(state) with { Command = stored }, request, principal));
            Assert.Equal((content, RefusalCode.CommandIdConflict), (content, refusal.Code));
        }
    }

    [Theory]
    [InlineData(CommandType.Pause, 255, null)]
    [InlineData(CommandType.Pause, 256, RefusalCode.QueueFull)]
    [InlineData(CommandType.Tune, 256, RefusalCode.QueueFull)]
    [InlineData(CommandType.Resume, 256, RefusalCode.InvalidState)]
    [InlineData(CommandType.Terminate, 256, null)]
    public void A_full_queue_takes_only_a_terminate(CommandType type, int waiting, RefusalCode? code)
    {
        var live = Enumerable.Range(1, waiting).Select(i => RunViews.Command(i, CommandType.Tune, i % 2 == 0 ? CommandStatus.Delivered : CommandStatus.Pending));
        var request = Request(type);

        var decision = new EnqueueDecider(RunViews.Run, RunViews.IdOf(999), request, RunViews.ByAda, RunViews.Options).Decide(RunViews.In(RunState.Running, live), RunViews.Now);

        Assert.Equal(code, decision.Refusal?.Code);
        Assert.Equal(code == RefusalCode.QueueFull, decision.Refusal?.Details.ContainsKey("limit") is true);
    }

    [Fact]
    public void What_has_expired_does_not_fill_the_queue()
    {
        var view = RunViews.In(RunState.Running, RunViews.Command(1, CommandType.Tune) with { ExpiresAt = RunViews.Now }, RunViews.Command(2, CommandType.Tune));

        var decision = new EnqueueDecider(RunViews.Run, NewId, Request(CommandType.Pause), RunViews.ByAda, new OrchestratorOptions { Commands = { MaxPending = 2 } }).Decide(view, RunViews.Now);

        Assert.Equal([EventType.CommandExpired, EventType.CommandQueued], Changes.EventTypes(Changes.Of(view, decision)));
    }

    [Fact]
    public void What_has_expired_does_not_count_for_the_projected_state()
    {
        var view = RunViews.In(RunState.Running, RunViews.Command(1, CommandType.Pause) with { ExpiresAt = RunViews.Now });

        Assert.Null(Decide(view, Request(CommandType.Pause)).Refusal);
        Changes.Refused(RefusalCode.InvalidState, Decide(view, Request(CommandType.Resume)));
    }

    [Theory]
    [InlineData(CommandType.Resume, CommandType.Pause, CommandStatus.Pending, true)]
    [InlineData(CommandType.Resume, CommandType.Pause, CommandStatus.Delivered, false)]
    [InlineData(CommandType.Pause, CommandType.Resume, CommandStatus.Pending, true)]
    [InlineData(CommandType.Pause, CommandType.Resume, CommandStatus.Delivered, false)]
    public void A_resume_supersedes_an_undelivered_pause_and_the_reverse(CommandType type, CommandType earlier, CommandStatus status, bool superseded)
    {
        var view = RunViews.In(RunState.Running, RunViews.Command(1, CommandType.Tune), RunViews.Command(2, earlier, status));

        var change = Changes.Of(view, Decide(view, Request(type)));

        Assert.Equal(superseded ? [2L, 11L] : [11L], change.Commands.Select(command => command.Sequence));
        Assert.Equal(superseded, change.Commands[0].Status == CommandStatus.Superseded);
        Assert.Equal(superseded, change.Events[0] is { Type: EventType.CommandSuperseded });
    }

    [Fact]
    public void Accepting_a_terminate_moves_the_run_and_supersedes_everything_unacknowledged()
    {
        foreach (var state in new[] { RunState.Provisioning, RunState.Running, RunState.Paused, RunState.Errored })
        {
            var view = RunViews.In(state, RunViews.Command(1, CommandType.Tune), RunViews.Command(2, CommandType.Pause, CommandStatus.Delivered));

            var decision = Decide(view, NewCommand.Terminate(RunViews.Ada, "over"));
            var change = Changes.Of(view, decision);

            Assert.Equal([new StateTransition(6, state, RunState.Terminating, "ada", "over", RunViews.Attempt, RunViews.Now)], change.Transitions);
            Assert.Equal(new Termination(RunViews.Now, Acknowledged: false), change.Head.Termination);
            Assert.Equal([CommandStatus.Superseded, CommandStatus.Superseded, CommandStatus.Pending], change.Commands.Select(command => command.Status));
            Assert.Equal(RunViews.Now.AddSeconds(120), Deadlines.EndOfTermination(change.Head, view.Progress, DateTimeOffset.MinValue, RunViews.Options.Commands));
            Assert.Equal("command.terminate", decision.Audit!.Action);
        }
    }

    [Fact]
    public void A_terminate_of_a_run_that_no_worker_has_ends_it_at_once()
    {
        var view = RunViews.In(RunState.Queued, RunViews.Command(1, CommandType.Tune));

        var decision = Decide(view, NewCommand.Terminate(RunViews.Ada, "over"));
        var change = Changes.Of(view, decision);

        Assert.Equal((RunState.Terminated, new RunEnding(EndReason.Terminated, RunViews.Now, "over")), (change.Head.State, change.Head.Ending));
        Assert.Equal(CommandStatus.Applied, decision.Answer.Value.Status);
        Assert.Equal([CommandStatus.Superseded, CommandStatus.Applied], change.Commands.Select(command => command.Status));
        Assert.Null(change.Head.DueAt);
    }

    [Fact]
    public void Another_terminate_does_nothing_for_the_grace()
    {
        var view = RunViews.In(RunState.Terminating, RunViews.Command(1, CommandType.Terminate, CommandStatus.Delivered))
            .With(head => head with { Termination = new Termination(RunViews.Changed, Acknowledged: true) });

        var change = Changes.Of(view, Decide(view, NewCommand.Terminate(RunViews.Ada, "now")));

        Assert.Empty(change.Transitions);
        Assert.Equal((view.Head.Termination, view.Head.LastSignAt), (change.Head.Termination, change.Head.LastSignAt));
        Assert.Equal(
            Deadlines.EndOfTermination(view.Head, view.Progress, DateTimeOffset.MinValue, RunViews.Options.Commands),
            Deadlines.EndOfTermination(change.Head, view.Progress, DateTimeOffset.MinValue, RunViews.Options.Commands));
        Assert.Equal([CommandStatus.Superseded, CommandStatus.Pending], change.Commands.Select(command => command.Status));
    }

    [Fact]
    public void An_unknown_run_takes_no_command() => Changes.Refused(RefusalCode.RunNotFound, Decide(null, Request(CommandType.Pause)));

    private static NewCommand Request(CommandType type) => type switch
    {
        CommandType.Terminate => NewCommand.Terminate(RunViews.Ada, "over"),
        CommandType.Tune => Tune("""{"learning_rate":0.5}"""),
        _ => new NewCommand { Type = type, Actor = RunViews.Ada },
    };

    private static NewCommand Tune(string payload) => new() { Type = CommandType.Tune, Actor = RunViews.Ada, Payload = RunViews.Json(payload) };

    /// <summary>Commands by their names; a <c>!</c> marks a delivered one.</summary>
    private static Command[] Queue(string names) =>
    [
        .. names.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select((name, index) => RunViews.Command(
            index + 1,
            CommandTypes.TryParse(name.TrimEnd('!'), out var type) ? type : default,
            name.EndsWith('!') ? CommandStatus.Delivered : CommandStatus.Pending)),
    ];

    private static Decision<Receipt<Command>> Decide(RunView? view, NewCommand request, string? principal = null) =>
        new EnqueueDecider(RunViews.Run, NewId, request, Acting.From(request.Actor, new CallContext { Principal = principal }), RunViews.Options)
            .Decide(view, RunViews.Now);
}
