namespace Orchestrator.Core.Commands;

/// <summary>Where a run will be once the commands that it has not acknowledged are done, in order.</summary>
internal static class Projection
{
    public static RunState Of(RunState state, IEnumerable<Command> live) =>
        live.Aggregate(state, (projected, command) => command.Type switch
        {
            _ when projected == RunState.Terminating => projected,
            CommandType.Pause => RunState.Paused,
            CommandType.Resume => RunState.Running,
            CommandType.Terminate => RunState.Terminating,
            _ => projected,
        });

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
