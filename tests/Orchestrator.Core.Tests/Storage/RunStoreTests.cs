using Orchestrator.Core.Storage;
using Orchestrator.Storage;

namespace Orchestrator.Core.Tests.Storage;

/// <summary>The promises of <see cref="IRunStore"/>, sentence by sentence, for whichever store <see cref="CreateStore"/> makes.</summary>
public abstract partial class RunStoreTests
{
    protected static readonly DateTimeOffset Start = new(2026, 1, 31, 12, 0, 0, TimeSpan.Zero);

    /// <summary>A store that holds nothing.</summary>
    protected abstract IRunStore CreateStore();

    protected static RunId Id(string id) => RunId.Parse(id);

    /// <summary>The head of a new run.</summary>
    protected static RunHead Head(string id, int priority = 0, params (string Key, string Value)[] labels) => new()
    {
        Id = Id(id),
        ExperimentId = ExperimentId.Parse("exp"),
        VersionId = VersionId.Parse("v1"),
        Priority = priority,
        Labels = labels.ToDictionary(label => label.Key, label => label.Value),
        CreatedAt = Start,
        ChangedAt = Start,
        Revision = 1,
    };

    /// <summary>The creation of a run.</summary>
    protected static RunWrite Creation(RunHead head, RunManifest? manifest = null, string? key = null) => new(
        head.Id,
        0,
        null,
        new RunChange
        {
            Head = head,
            Progress = RunProgress.None,
            Manifest = manifest ?? RunManifest.Empty,
            Idempotency = key is null ? null : new IdempotencyRecord(key, "hash", null),
        },
        null);

    /// <summary>A change of a run that stands at this head.</summary>
    protected static RunWrite Changing(RunHead head, Func<RunHead, RunHead>? to = null, Func<RunChange, RunChange>? with = null, long? expectedHeartbeats = null)
    {
        var change = new RunChange { Head = (to?.Invoke(head) ?? head) with { Revision = head.Revision + 1 } };
        return new RunWrite(head.Id, head.Revision, null, with?.Invoke(change) ?? change, expectedHeartbeats);
    }

    protected static HeartbeatWrite Beat(RunId run, long step, DateTimeOffset at, TimeSpan minInterval = default, long? beat = null) => new(
        new Heartbeat { RunId = run, Status = RuntimeStatus.Running, Step = step, SamplesPerSec = 1, Loss = 1, CheckpointVersion = 0, Beat = beat }, at, minInterval);

    protected static async Task<CommitResult> CommitAsync(IRunStore store, RunWrite write)
    {
        var results = new CommitResult[1];
        await store.CommitAsync(new[] { write }, results);
        return results[0];
    }

    /// <summary>Commits a change that must be taken.</summary>
    /// <returns>The head from now on.</returns>
    protected static async Task<RunHead> StoreAsync(IRunStore store, RunWrite write)
    {
        Assert.Equal(CommitVerdict.Committed, (await CommitAsync(store, write)).Verdict);
        return write.Change!.Head;
    }

    protected static async Task<RunView?> LoadAsync(IRunStore store, string id, bool manifest = false, string? command = null, string? key = null) =>
        await store.LoadOneAsync(
            new RunLookup(Id(id), manifest, command is null ? null : CommandId.Parse(command), key), CancellationToken.None);

    protected static Command Command(RunId run, long sequence, CommandStatus status = CommandStatus.Pending) => new()
    {
        Id = CommandId.Parse($"c{sequence}"),
        RunId = run,
        Sequence = sequence,
        Type = CommandType.Pause,
        Actor = new Actor(ActorType.Operator, "ada"),
        Status = status,
        CreatedAt = Start,
    };

    protected static IEnumerable<string> Names(IEnumerable<RunHead> heads) => heads.Select(head => head.Id.Value);
}
