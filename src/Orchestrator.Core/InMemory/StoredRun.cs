using Orchestrator.Storage;

namespace Orchestrator.Core.InMemory;

/// <summary>
/// One run with all that belongs to it. It is its own lock, which spares a million runs a million lock objects: what it holds is
/// read and changed under <c>lock (run)</c>.
/// </summary>
internal sealed class StoredRun
{
    /// <summary>The <see cref="DueSecond"/> of a run whose moment has come.</summary>
    public const long Ripe = -1;

    private volatile RunHead? _head;
    private volatile RunProgress _progress = RunProgress.None;
    private RunManifest? _manifest;
    private CommandTable? _commands;
    private List<StateTransition>? _transitions;
    private List<RunEvent>? _events;
    private List<long>? _feedPositions;
    private List<AuditEntry>? _audit;
    private Dictionary<string, IdempotencyRecord>? _idempotency;

    /// <summary>The place in the order of creation, from 1. Set once, before the run can be found.</summary>
    public long Ordinal { get; set; }

    /// <summary>The second under which <see cref="DueIndex"/> looks at it; 0 for none. Belongs to that index, as the two below.</summary>
    public long DueSecond { get; set; }

    public StoredRun? DuePrevious { get; set; }

    public StoredRun? DueNext { get; set; }

    /// <summary>The progress. May be read without the lock.</summary>
    public RunProgress Progress => _progress;

    /// <summary>Where its events stand in the feed.</summary>
    public IReadOnlyList<long> FeedPositions => _feedPositions ?? [];

    /// <summary>The head; <see langword="null"/> before the run was created and after it was dropped. May be read without the lock.</summary>
    public RunHead? Head => _head;

    /// <summary>The idempotency keys that it holds.</summary>
    public IEnumerable<string> Keys => _idempotency?.Keys ?? Enumerable.Empty<string>();

    /// <summary>Whether the run stands where the write expects it (<see cref="IRunStore.CommitAsync"/>).</summary>
    public bool Fits(in RunWrite write) => write.Fits(_head?.Revision ?? 0, _head?.CommitId ?? default, _head?.ChangedAt, _progress);

    /// <summary>The progress after a write that <see cref="Fits"/>.</summary>
    public RunProgress After(in RunWrite write) =>
        write.Change?.Progress
        ?? (write.Heartbeat is { } heartbeat ? heartbeat.Heartbeat.ApplyTo(_progress, heartbeat.At) : _progress);

    /// <summary>Stores a write that <see cref="Fits"/>.</summary>
    public CommitResult Apply(in RunWrite write, FeedLog feed)
    {
        _progress = After(write);
        if (write.Change is { } change)
        {
            Apply(change, feed);
        }

        return new CommitResult(CommitVerdict.Committed, _progress, null);
    }

    /// <summary>The verdict on a write that does not fit.</summary>
    public CommitResult Conflict() => new(CommitVerdict.Conflict, null, View(default));

    /// <summary>The run as it stands; <see langword="null"/> when it does not exist.</summary>
    public RunView? View(in RunLookup lookup) => _head is not { } head
        ? null
        : new RunView(head, _progress, _commands?.Live ?? [])
        {
            Manifest = lookup.Manifest ? _manifest : null,
            Command = lookup.Command is { } command ? _commands?.Find(command) : null,
            Idempotency = lookup.IdempotencyKey is { } key ? _idempotency?.GetValueOrDefault(key) : null,
        };

    public IReadOnlyList<StateTransition> Transitions(long after, int limit) =>
        History.After(_transitions, transition => transition.Sequence, after, limit);

    public IReadOnlyList<Command> Commands(long after, int limit) => _commands?.After(after, limit) ?? [];

    public IReadOnlyList<RunEvent> Events(long after, int limit) => History.After(_events, happened => happened.Sequence, after, limit);

    public IReadOnlyList<AuditEntry> Audit(long after, int limit) => History.After(_audit, entry => entry.Sequence, after, limit);

    /// <summary>Makes the run one that does not exist, for whoever found it before it was dropped.</summary>
    public void Drop() => _head = null;

    private void Apply(RunChange change, FeedLog feed)
    {
        _manifest = change.Manifest ?? _manifest;
        _transitions = History.Append(_transitions, change.Transitions);
        _events = History.Append(_events, change.Events);
        KeepPositions(feed.Append(change.Events), change.Events.Count);
        foreach (var command in change.Commands)
        {
            (_commands ??= new CommandTable()).Store(command);
        }

        if (change.Audit is { } entry)
        {
            (_audit ??= new List<AuditEntry>(1)).Add(entry);
        }

        if (change.Idempotency is { } record)
        {
            (_idempotency ??= []).Add(record.Key, record);
        }

        _head = change.Head;
    }

    private void KeepPositions(long first, int count)
    {
        _feedPositions ??= count == 0 ? null : new List<long>(count);
        for (var i = 0; i < count; i++)
        {
            _feedPositions!.Add(first + i);
        }
    }
}
