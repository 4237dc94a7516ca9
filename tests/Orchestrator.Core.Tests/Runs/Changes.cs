using Orchestrator.Core.Lifecycle;
using Orchestrator.Core.Storage;
using Orchestrator.Storage;

namespace Orchestrator.Core.Tests.Runs;

/// <summary>What holds for the change of every decision.</summary>
internal static class Changes
{
    /// <summary>The change of a decision that was taken on this view at <see cref="RunViews.Now"/>, after the rules that every change keeps.</summary>
    public static RunChange Of<T>(RunView view, Decision<T> decision)
    {
        Assert.NotNull(decision.Change);
        var (before, change) = (view.Head, decision.Change);
        var after = change.Head;
        Assert.Equal(before.Revision + 1, after.Revision);
        Assert.Equal(RunViews.Now, after.ChangedAt);
        Assert.Equal(before.AuditEntries, after.AuditEntries);
        Assert.Equal(Numbers(before.Events, after.Events), change.Events.Select(told => told.Sequence));
        Assert.Equal(Numbers(before.Transitions, after.Transitions), change.Transitions.Select(step => step.Sequence));
        Assert.All(change.Events, told => Assert.Equal((RunViews.Run, RunViews.Now), (told.RunId, told.Time)));
        Assert.Equal(change.Commands.Count, change.Commands.Select(command => command.Id).Distinct().Count());

        var state = before.State;
        foreach (var step in change.Transitions)
        {
            Assert.Equal(state, step.From);
            Assert.True(StateMachine.Allows(state, step.To), $"{state} to {step.To}");
            Assert.Equal(RunViews.Now, step.CreatedAt);
            state = step.To;
        }

        Assert.Equal(state, after.State);
        Assert.Equal(change.Transitions, change.Events.Select(told => told.Data).OfType<StateChangedData>().Select(data => data.Transition));
        Assert.Equal(after.State.IsTerminal(), after.Ending is not null);
        if (before.Ending is not null)
        {
            Assert.Equal((before.Ending, before.Attempt), (after.Ending, after.Attempt));
            Assert.True(change.Progress is null && change.Transitions.Count == 0, "a run that has ended moved");
        }

        return change;
    }

    public static IEnumerable<EventType> EventTypes(RunChange change) => change.Events.Select(told => told.Type);

    /// <summary>Asserts a refusal that writes nothing.</summary>
    public static Refusal Refused<T>(RefusalCode code, Decision<T> decision)
    {
        Assert.NotNull(decision.Refusal);
        Assert.Equal(code, decision.Refusal.Code);
        Assert.True(decision.Change is null && decision.Heartbeat is null && decision.Audit is null, "a refusal writes");
        return decision.Refusal;
    }

    /// <summary>Asserts an answer that writes nothing.</summary>
    public static T Unchanged<T>(Decision<T> decision)
    {
        Assert.Null(decision.Refusal);
        Assert.True(decision.Change is null && decision.Heartbeat is null && decision.Audit is null, "something is written");
        return decision.Answer!;
    }

    private static IEnumerable<long> Numbers(long after, long to) => Enumerable.Range(1, (int)(to - after)).Select(i => after + i);
}
