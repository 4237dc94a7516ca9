namespace Orchestrator.Core.Commands;

/// <summary>Where a run will be once the commands that it has not acknowledged are done, in order.</summary>
internal static class Projection
{
    public static RunState Of(RunState state, IReadOnlyList<Command> live)
    {
        for (var i = 0; i < live.Count && state != RunState.Terminating; i++)
        {
            state = live[i].Type switch
            {
                CommandType.Pause => RunState.Paused,
                CommandType.Resume => RunState.Running,
                CommandType.Terminate => RunState.Terminating,
                _ => state,
            };
        }

        return state;
    }

    /// <summary>Whether a command of this type fits a run that will be in this state.</summary>
    public static bool Fits(CommandType command, RunState projected) => command switch
    {
        CommandType.Pause => projected is RunState.Running or RunState.Provisioning,
        CommandType.Resume => projected is RunState.Paused,
        CommandType.Tune => projected is RunState.Running or RunState.Paused,
        CommandType.Terminate => !projected.IsTerminal(),
        _ => false,
    };
}
