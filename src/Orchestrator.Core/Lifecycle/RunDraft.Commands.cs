using Orchestrator.Core.Storage;

namespace Orchestrator.Core.Lifecycle;

/// <content>The run's commands.</content>
internal sealed partial class RunDraft
{
    private readonly List<Command> _commands = [];

    /// <summary>The commands that are pending or delivered, by sequence, as drafted so far. Each list is a copy of its own: one that is walked never changes.</summary>
    public IReadOnlyList<Command> Live { get; private set; }

    /// <summary>How many commands were accepted so far.</summary>
    public long Commands { get; private set; }

    /// <summary>Accepts a command at the end of the queue.</summary>
    /// <param name="command">The command, of sequence <see cref="Commands"/> + 1.</param>
    public void Accept(Command command)
    {
        Commands = command.Sequence;
        _commands.Add(command);
        Live = Live.With(command);
        Emit(EventType.CommandQueued, new CommandData(command));
    }

    /// <summary>Replaces a command by its id.</summary>
    public void Put(Command command, EventType? tell = null)
    {
        var index = 0;
        while (index < _commands.Count && _commands[index].Id != command.Id)
        {
            index++;
        }

        if (index == _commands.Count)
        {
            _commands.Add(command);
        }
        else
        {
            _commands[index] = command;
        }

        Live = Live.With(command);
        if (tell is { } type)
        {
            Emit(type, new CommandData(command));
        }
    }

    public void Supersede(Command command) =>
        Put(command with { Status = CommandStatus.Superseded }, EventType.CommandSuperseded);

    /// <summary>The end of a run settles its commands: what nobody answered is superseded, the command that caused the end applied.</summary>
    private void Settle(RunState end)
    {
        foreach (var command in Live)
        {
            if (command.Type == CommandType.Terminate && end == RunState.Terminated)
            {
                Put(command with { Status = CommandStatus.Applied }, EventType.CommandAcknowledged);
            }
            else
            {
                Supersede(command);
            }
        }
    }
}
