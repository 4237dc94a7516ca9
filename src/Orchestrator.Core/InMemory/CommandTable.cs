namespace Orchestrator.Core.InMemory;

/// <summary>The commands of a run: by id, by sequence, and those that are live. Not safe for concurrent use.</summary>
internal sealed class CommandTable
{
    private readonly Dictionary<CommandId, long> _sequences = [];
    private readonly SortedList<long, Command> _all = [];
    private readonly SortedList<long, Command> _live = [];
    private Command[]? _liveNow;

    /// <summary>The commands that are pending or delivered, by sequence. Never changed once given out.</summary>
    public IReadOnlyList<Command> Live => _liveNow ??= [.. _live.Values];

    /// <summary>The command with this id, in whichever status.</summary>
    public Command? Find(CommandId id) => _sequences.TryGetValue(id, out var sequence) ? _all[sequence] : null;

    /// <summary>The commands by sequence, from after this one.</summary>
    public IReadOnlyList<Command> After(long after, int limit) => History.After(_all.Values, command => command.Sequence, after, limit);

    /// <summary>Adds a command, or replaces it by its id.</summary>
    public void Store(Command command)
    {
        _sequences[command.Id] = command.Sequence;
        _all[command.Sequence] = command;
        if (command.Status is CommandStatus.Pending or CommandStatus.Delivered)
        {
            _live[command.Sequence] = command;
        }
        else
        {
            _live.Remove(command.Sequence);
        }

        _liveNow = null;
    }
}
