namespace Orchestrator.Storage.Conformance;

/// <summary>What is written to a store, as short as it can be said.</summary>
public static class Rows
{
    /// <summary>A moment in whole microseconds.</summary>
    public static DateTimeOffset Start { get; } = new(2026, 1, 31, 12, 0, 0, TimeSpan.Zero);

    public static RunId Id(string id) => RunId.Parse(id);

    /// <summary>The head of a new run, of a commit of its own.</summary>
    public static RunHead Head(string id, int priority = 0, params (string Key, string Value)[] labels) => new()
    {
        Id = Id(id),
        ExperimentId = ExperimentId.Parse("exp"),
        VersionId = VersionId.Parse("v1"),
        Priority = priority,
        Labels = labels.ToDictionary(label => label.Key, label => label.Value),
        CreatedAt = Start,
        ChangedAt = Start,
        Revision = 1,
        CommitId = Guid.NewGuid(),
    };

    /// <summary>The head of a run that ended.</summary>
    public static RunHead Ended(this RunHead head, DateTimeOffset at) =>
        head with { State = RunState.Failed, Ending = new RunEnding(EndReason.Failed, at), ChangedAt = at, DueAt = null };

    /// <summary>The creation of a run.</summary>
    public static RunWrite Creation(RunHead head, RunManifest? manifest = null, string? key = null, RunProgress? progress = null) => new(
        head.Id,
        0,
        null,
        new RunChange
        {
            Head = head,
            Progress = progress ?? RunProgress.None,
            Manifest = manifest ?? RunManifest.Empty,
            Idempotency = key is null ? null : new IdempotencyRecord(key, "hash", null),
        },
        null);

    /// <summary>A change of a run that stands at this head.</summary>
    public static RunWrite Changing(
        RunHead head, Func<RunHead, RunHead>? to = null, Func<RunChange, RunChange>? with = null, long? expectedHeartbeats = null)
    {
        var change = new RunChange { Head = (to?.Invoke(head) ?? head) with { Revision = head.Revision + 1, CommitId = Guid.NewGuid() } };
        return new RunWrite(head.Id, head.Revision, null, with?.Invoke(change) ?? change, expectedHeartbeats);
    }

    /// <summary>The same write, which tells of these events.</summary>
    public static RunWrite Telling(this RunWrite write, params long[] sequences) => write with
    {
        Change = write.Change! with
        {
            Events =
            [
                .. sequences.Select(sequence => new RunEvent(
                    sequence, EventType.RunTerminateRecommended, Start, write.Run, 1, new TerminateRecommendedData(TimeSpan.FromSeconds(sequence)))),
            ],
        },
    };

    /// <summary>The same change, which answers an idempotency key.</summary>
    public static RunChange Keyed(this RunChange change, string key) => change with { Idempotency = new IdempotencyRecord(key, "hash", null) };

    /// <summary>A plain heartbeat of a run that stands at this head.</summary>
    public static RunWrite Beating(RunHead head, HeartbeatWrite heartbeat, long? expectedHeartbeats = null) =>
        new(head.Id, head.Revision, heartbeat, null, expectedHeartbeats);

    /// <summary>A heartbeat.</summary>
    public static HeartbeatWrite Beat(RunId run, long step, DateTimeOffset at, TimeSpan minInterval = default, long? beat = null) => new(
        new Heartbeat { RunId = run, Status = RuntimeStatus.Running, Step = step, SamplesPerSec = 1, Loss = 1, CheckpointVersion = 0, Beat = beat },
        at,
        minInterval);

    public static Command Command(RunId run, long sequence, CommandStatus status = CommandStatus.Pending) => new()
    {
        Id = CommandId.Parse($"c{sequence}"),
        RunId = run,
        Sequence = sequence,
        Type = CommandType.Pause,
        Actor = new Actor(ActorType.Operator, "ada"),
        Status = status,
        CreatedAt = Start,
    };

    public static AuditEntry Entry(long sequence) => new()
    {
        Sequence = sequence,
        ActorType = "operator",
        ActorId = "ada",
        Action = "command.pause",
        PayloadHash = new string('a', 64),
        HashVersion = 1,
        CreatedAt = Start,
        PrevHash = new string('b', 64),
        EntryHash = new string('c', 64),
    };

    public static StateTransition Step(long sequence, RunState? from = RunState.Queued, RunState to = RunState.Running) =>
        new(sequence, from, to, "ada", null, 1, Start);

    public static IEnumerable<string> Names(IEnumerable<RunHead> heads) => heads.Select(head => head.Id.Value);
}
