namespace Orchestrator.Core.InMemory;

/// <summary>By state, newest first.</summary>
internal readonly record struct StateKey(RunState State, long Ordinal) : IComparable<StateKey>
{
    public static StateKey? Of(RunHead? head, long ordinal) => head is null ? null : new StateKey(head.State, ordinal);

    public int CompareTo(StateKey other) =>
        State != other.State ? ((int)State).CompareTo((int)other.State) : other.Ordinal.CompareTo(Ordinal);
}

/// <summary>Queued runs in the order in which they are claimed: highest priority first, then the one created first.</summary>
internal readonly record struct QueueKey(int Priority, long Ordinal) : IComparable<QueueKey>
{
    /// <summary>Before every run.</summary>
    public static QueueKey Start { get; } = new(int.MaxValue, 0);

    public static QueueKey? Of(RunHead? head, long ordinal) =>
        head is { State: RunState.Queued } ? new QueueKey(head.Priority, ordinal) : null;

    public int CompareTo(QueueKey other) =>
        Priority != other.Priority ? other.Priority.CompareTo(Priority) : Ordinal.CompareTo(other.Ordinal);
}

/// <summary>Runs by the worker that has them: those that are provisioning, then those that are running, paused or errored.</summary>
internal readonly record struct HeldKey(string WorkerId, bool IsStarted, long Ordinal) : IComparable<HeldKey>
{
    public static HeldKey? Of(RunHead? head, long ordinal) => head switch
    {
        { State: RunState.Provisioning, WorkerId: { } worker } => new HeldKey(worker, IsStarted: false, ordinal),
        { State: RunState.Running or RunState.Paused or RunState.Errored, WorkerId: { } worker } => new HeldKey(worker, IsStarted: true, ordinal),
        _ => null,
    };

    public int CompareTo(HeldKey other) =>
        string.CompareOrdinal(WorkerId, other.WorkerId) is not 0 and var order ? order
        : IsStarted != other.IsStarted ? IsStarted.CompareTo(other.IsStarted)
        : Ordinal.CompareTo(other.Ordinal);
}

/// <summary>Runs that ended, by when they did.</summary>
internal readonly record struct EndedKey(DateTimeOffset At, long Ordinal) : IComparable<EndedKey>
{
    /// <summary>Before every run.</summary>
    public static EndedKey Start { get; } = new(DateTimeOffset.MinValue, 0);

    public static EndedKey? Of(RunHead? head, long ordinal) => head is { Ending.At: var at } ? new EndedKey(at, ordinal) : null;

    public int CompareTo(EndedKey other) => At != other.At ? At.CompareTo(other.At) : Ordinal.CompareTo(other.Ordinal);
}
