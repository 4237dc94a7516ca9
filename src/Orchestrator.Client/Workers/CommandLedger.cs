namespace Orchestrator.Client.Workers;

/// <summary>
/// The commands of an attempt, from their arrival to the moment at which their answer is known to have arrived. A command is handed out once,
/// however often it is delivered; an older setting never after a newer one.
/// </summary>
/// <param name="arrived">Is called when there are commands to take.</param>
internal sealed class CommandLedger(Action arrived)
{
    /// <summary>How many commands wait to be taken, and how many answers are remembered, at most. What does not fit is delivered again.</summary>
    public const int Capacity = 1_024;

    private readonly Lock _gate = new();
    private readonly SortedList<long, Command> _waiting = [];
    private readonly List<Command> _terminates = [];
    private readonly Queue<Answer> _unsent = new();
    private readonly Dictionary<CommandId, Answer?> _known = [];
    private readonly Queue<CommandId> _settled = new();
    private readonly Dictionary<string, long> _tunedBy = new(StringComparer.Ordinal);
    private long _steeredBy;
    private volatile int _count;

    /// <summary>Whether there are commands to take.</summary>
    public bool HasCommands => _count > 0;

    /// <summary>The commands that wait to be taken.</summary>
    public IReadOnlyList<CommandId> Waiting
    {
        get
        {
            lock (_gate)
            {
                return [.. _waiting.Values.Select(command => command.Id)];
            }
        }
    }

    /// <summary>The oldest answer that is not known to have arrived.</summary>
    public Answer? FirstUnsent
    {
        get
        {
            lock (_gate)
            {
                return _unsent.TryPeek(out var answer) ? answer : null;
            }
        }
    }

    /// <summary>Takes in what was delivered.</summary>
    public void Receive(params IReadOnlyList<Command> delivered)
    {
        var isNew = false;
        lock (_gate)
        {
            foreach (var command in delivered)
            {
                isNew |= Receive(command);
            }

            _count = _waiting.Count;
        }

        if (isNew)
        {
            arrived();
        }
    }

    /// <summary>Hands out the oldest command that still means something; <see langword="null"/> when there is none.</summary>
    public Command? Take()
    {
        lock (_gate)
        {
            while (_waiting.Count > 0)
            {
                var command = _waiting.GetValueAtIndex(0);
                _waiting.RemoveAt(0);
                _count = _waiting.Count;
                if (IsOverridden(command))
                {
                    // Its answer would be late: the orchestrator supersedes it with the answer to the newer one.
                    _known.Remove(command.Id);
                    continue;
                }

                if (command.Type == CommandType.Terminate)
                {
                    _terminates.Add(command);
                }

                return command;
            }

            return null;
        }
    }

    /// <summary>
    /// Hands out every <c>terminate</c>, also those that <see cref="Take"/> has handed out, which are acknowledged when the training has ended. The other
    /// commands that wait are dropped, because the run ends.
    /// </summary>
    public IReadOnlyList<Command> TakeTerminates()
    {
        lock (_gate)
        {
            _terminates.AddRange(_waiting.Values.Where(command => command.Type == CommandType.Terminate));
            _waiting.Clear();
            _count = 0;
            return [.. _terminates];
        }
    }

    /// <summary>What a <c>tune</c> still asks for: the names that no newer one has set.</summary>
    public TuneRequest Read(Command tune)
    {
        lock (_gate)
        {
            return new TuneRequest(tune, name => IsTunedLater(name, tune));
        }
    }

    /// <summary>Keeps the answer to a command until it has arrived.</summary>
    public void Answer(Command command, Acknowledgement acknowledgement)
    {
        var answer = new Answer(command.Id, acknowledgement);
        lock (_gate)
        {
            _known[command.Id] = answer;
            _unsent.Enqueue(answer);
            if (acknowledgement.Outcome == AckOutcome.Applied)
            {
                NoteApplied(command);
            }
        }
    }

    /// <summary>The oldest answer has arrived, or never will.</summary>
    public void Settle()
    {
        lock (_gate)
        {
            _settled.Enqueue(_unsent.Dequeue().Id);
            if (_settled.Count > Capacity)
            {
                _known.Remove(_settled.Dequeue());
            }
        }
    }

    private bool Receive(Command command)
    {
        if (_known.TryGetValue(command.Id, out var given))
        {
            if (given is not null && !_unsent.Contains(given))
            {
                // The orchestrator has lost an answer that it had taken.
                _unsent.Enqueue(given);
                return true;
            }

            return false;
        }

        if (_waiting.Count >= Capacity)
        {
            return false;
        }

        _known[command.Id] = null;
        _waiting[command.Sequence] = command;
        return true;
    }

    private bool IsOverridden(Command command) => command.Type switch
    {
        CommandType.Terminate => false,
        CommandType.Tune => _tunedBy.Count > 0 && new TuneRequest(command, name => IsTunedLater(name, command)).Values.Count == 0,
        _ => command.Sequence < _steeredBy,
    };

    private bool IsTunedLater(string name, Command tune) => _tunedBy.TryGetValue(name, out var sequence) && sequence > tune.Sequence;

    private void NoteApplied(Command command)
    {
        if (command.Type != CommandType.Tune)
        {
            _steeredBy = Math.Max(_steeredBy, command.Sequence);
            return;
        }

        foreach (var name in new TuneRequest(command).Values.Keys)
        {
            _tunedBy[name] = Math.Max(_tunedBy.GetValueOrDefault(name), command.Sequence);
        }
    }
}

/// <summary>What a worker answers to a command.</summary>
internal sealed record Answer(CommandId Id, Acknowledgement Acknowledgement);
