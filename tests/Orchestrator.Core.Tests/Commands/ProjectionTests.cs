using Orchestrator.Core.Commands;
using Orchestrator.Core.Tests.Runs;

namespace Orchestrator.Core.Tests.Commands;

public sealed class ProjectionTests
{
    public static TheoryData<CommandType, RunState> Pairs => new(Enum.GetValues<CommandType>().SelectMany(type => RunViews.States.Select(state => (type, state))));

    [Theory]
    [MemberData(nameof(Pairs))]
    public void A_command_fits_the_states_that_the_contract_lists(CommandType type, RunState projected)
    {
        RunState[] fitting = type switch
        {
            CommandType.Pause => [RunState.Running, RunState.Provisioning],
            CommandType.Resume => [RunState.Paused],
            CommandType.Tune => [RunState.Running, RunState.Paused],
            _ => [RunState.Queued, RunState.Provisioning, RunState.Running, RunState.Paused, RunState.Terminating, RunState.Errored],
        };

        Assert.Equal(fitting.Contains(projected), Projection.Fits(type, projected));
    }

    [Theory]
    [InlineData("", RunState.Provisioning)]
    [InlineData("pause", RunState.Paused)]
    [InlineData("pause resume", RunState.Running)]
    [InlineData("pause resume pause", RunState.Paused)]
    [InlineData("tune", RunState.Provisioning)]
    [InlineData("pause tune", RunState.Paused)]
    [InlineData("pause terminate", RunState.Terminating)]
    [InlineData("terminate", RunState.Terminating)]
    public void The_projected_state_is_the_one_after_all_unacknowledged_commands_in_order(string commands, RunState projected)
    {
        var live = commands
            .Split(' ', StringSplitOptions.RemoveEmptyEntries)
            .Select((name, index) => RunViews.Command(index + 1, CommandTypes.TryParse(name, out var type) ? type : default))
            .ToArray();

        Assert.Equal(projected, Projection.Of(RunState.Provisioning, live));
    }
}
