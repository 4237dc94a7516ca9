using Orchestrator.Core.Health;
using Orchestrator.Core.Lifecycle;

namespace Orchestrator.Core.Tests.Runs;

public sealed class StateMachineTests
{
    /// <summary>The table of contract section 1.</summary>
    private static readonly Dictionary<RunState, string> Contract = new()
    {
        [RunState.Queued] = "provisioning running paused terminating errored failed terminated",
        [RunState.Provisioning] = "queued running paused terminating completed errored failed terminated",
        [RunState.Running] = "paused terminating completed errored failed terminated queued",
        [RunState.Paused] = "running terminating errored failed terminated queued",
        [RunState.Terminating] = "completed failed errored terminated",
        [RunState.Errored] = "running paused terminating failed terminated queued",
        [RunState.Completed] = "",
        [RunState.Failed] = "",
        [RunState.Terminated] = "",
    };

    public static TheoryData<RunState, RunState> Pairs => new(RunViews.States.SelectMany(from => RunViews.States.Select(to => (from, to))));

    public static TheoryData<RunState, RuntimeStatus> Reports => new(RunViews.States.SelectMany(state => RunViews.Statuses.Select(status => (state, status))));

    [Theory]
    [MemberData(nameof(Pairs))]
    public void A_pair_is_allowed_exactly_where_the_contract_lists_it(RunState from, RunState to)
    {
        var expected = Contract[from].Split(' ').Contains(to.ToWireName());

        Assert.Equal(expected, StateMachine.Allows(from, to));
        Assert.Equal(expected, StateMachine.AllowedFrom(from).Contains(to));
    }

    [Theory]
    [MemberData(nameof(Reports))]
    public void A_report_moves_a_run_as_the_contract_says(RunState state, RuntimeStatus status)
    {
        RunState? expected = status switch
        {
            RuntimeStatus.Running when state is RunState.Queued or RunState.Provisioning or RunState.Paused or RunState.Errored => RunState.Running,
            RuntimeStatus.Paused when state is RunState.Queued or RunState.Provisioning or RunState.Running or RunState.Errored => RunState.Paused,
            RuntimeStatus.Terminating when !state.IsTerminal() && state != RunState.Terminating => RunState.Terminating,
            RuntimeStatus.Errored when !state.IsTerminal() && state is not (RunState.Terminating or RunState.Errored) => RunState.Errored,
            _ => null,
        };

        Assert.Equal(expected, StateMachine.Follow(state, status));
        Assert.True(expected is null || StateMachine.Allows(state, expected.Value), "a report leaves the table");
    }

    [Fact]
    public void Workers_are_watched_once_they_run_and_until_they_end() =>
        Assert.Equal(
            [RunState.Running, RunState.Paused, RunState.Terminating, RunState.Errored],
            RunViews.States.Where(Liveness.IsWatched));
}
