using Orchestrator.Core.Commands;
using Orchestrator.Core.Lifecycle;
using Orchestrator.Core.Runs;
using Orchestrator.Core.Sweeping;
using Orchestrator.Storage;

namespace Orchestrator.Core.Tests.Runs;

/// <summary><c>docs/lifecycle.md</c> says what the code does, both ways.</summary>
public sealed class LifecycleDocumentTests
{
    [Fact]
    public void The_table_of_transitions_is_the_one_in_the_code()
    {
        var code = RunViews.States.SelectMany(from => StateMachine.AllowedFrom(from).Select(to => (from.ToWireName(), to.ToWireName())));

        Assert.Equal(code.Append(("", "queued")).Order(), LifecycleDocument.PairsBelow("## Transitions").Order());
    }

    [Fact]
    public void The_table_of_reports_is_the_one_in_the_code()
    {
        var code = RunViews.Statuses.SelectMany(status => RunViews.States
            .Where(state => StateMachine.Follow(state, status) is not null)
            .Select(state => (status.ToWireName(), state.ToWireName())));
        var document = LifecycleDocument.PairsBelow("A heartbeat never moves a run that is `terminating`, and is refused once a run has ended. Otherwise:");

        Assert.Equal(code.Order(), document.Order());
    }

    [Fact]
    public void Creation_is_the_transition_from_nothing_to_queued()
    {
        var request = new NewRun { LaunchManifest = RunManifest.Empty.LaunchManifest, Overrides = RunManifest.Empty.Overrides };

        var change = new CreateDecider(RunViews.Run, request, null, RunViews.Options).Decide(null, RunViews.Now).Change!;

        Assert.Equal((null, RunState.Queued), Assert.Single(change.Transitions) is var step ? (step.From, step.To) : default);
    }

    [Fact]
    public void The_table_of_commands_is_what_the_code_does_to_them()
    {
        var observed = Enum.GetValues<CommandStatus>()
            .SelectMany(status => Decisions(status).SelectMany(change => change.Commands).Select(stored => (From: status, stored)))
            .Select(seen => (seen.stored.Id == RunViews.IdOf(1) ? seen.From.ToWireName() : "", seen.stored.Status.ToWireName()))
            .Where(pair => pair.Item1 != pair.Item2)
            .Distinct();

        Assert.Equal(LifecycleDocument.PairsBelow("## The life of a command").Order(), observed.Order());
    }

    /// <summary>Everything that can happen to a run whose first command is a pause in this status.</summary>
    private static IEnumerable<RunChange> Decisions(CommandStatus status)
    {
        var command = RunViews.Command(1, CommandType.Pause, status) with { ExpiresAt = RunViews.Now.AddSeconds(1) };
        var running = RunViews.In(RunState.Running, command) with { Command = command };
        var later = RunViews.Command(2, CommandType.Resume, CommandStatus.Delivered);
        var both = RunViews.In(RunState.Running, command, later);
        var due = running.With(head => head with { DueAt = RunViews.Now });
        var acting = RunViews.ByAda;
        RunChange?[] changes =
        [
            new NextDecider(RunViews.Run, null, null, RunViews.Options).Decide(running, RunViews.Now).Change,
            new NextDecider(RunViews.Run, null, null, RunViews.Options).Decide(running, RunViews.Now.AddHours(1)).Change,
            new DueDecider(RunViews.Run, new Observation(DateTimeOffset.MinValue, DateTimeOffset.MaxValue), RunViews.Options).Decide(due, RunViews.Now.AddHours(1)).Change,
            Acknowledge(running, command, AckOutcome.Applied),
            Acknowledge(running, command, AckOutcome.Rejected),
            Acknowledge(both with { Command = later }, later, AckOutcome.Applied),
            Enqueue(running, NewCommand.Resume(RunViews.Ada)),
            Enqueue(running, NewCommand.Tune(RunViews.Ada, new KeyValuePair<string, double>("learning_rate", 0.1))),
            Enqueue(running, NewCommand.Terminate(RunViews.Ada, "over")),
            new AttemptDecider(RunViews.Run, new AttemptRequest(), acting, RunViews.Options).Decide(running, RunViews.Now).Change,
            new TransitionDecider(RunViews.Run, new TransitionRequest { To = RunState.Failed }, acting, RunViews.Options).Decide(running, RunViews.Now).Change,
        ];
        return changes.OfType<RunChange>().Select(change => change with { Commands = [.. change.Commands.Where(stored => stored.Id != later.Id)] });
    }

    private static RunChange? Acknowledge(RunView view, Command command, AckOutcome outcome) =>
        new AckDecider(RunViews.Run, command.Id, new Acknowledgement { Outcome = outcome }, CallContext.Empty, RunViews.Options).Decide(view, RunViews.Now).Change;

    private static RunChange? Enqueue(RunView view, NewCommand request) =>
        new EnqueueDecider(RunViews.Run, RunViews.IdOf(11), request, RunViews.ByAda, RunViews.Options).Decide(view with { Command = null }, RunViews.Now).Change;
}
