using Orchestrator.Storage.Redis.Rows;

namespace Orchestrator.Storage.Redis.Commits;

/// <summary>A change as <c>changes.lua</c> reads it.</summary>
internal static class ChangeArguments
{
    /// <summary>Adds the arguments of a write.</summary>
    /// <param name="values">Where they are added.</param>
    /// <param name="write">The write.</param>
    /// <param name="grant">What was drawn for it before.</param>
    public static void Add(List<RedisValue> values, in RunWrite write, Grant grant)
    {
        var change = write.Change!;
        values.Add(write.Run.Value);
        values.Add(write.ExpectedRevision);
        values.Add(Field.Of(write.ExpectedHeartbeats));
        values.Add(Field.Of(write.ExpectedCommit));
        values.Add(Field.Of(change.Head.CommitId));
        values.Add(grant.Ordinal);
        values.Add(change.Idempotency?.Key ?? Field.Empty);
        values.Add(change.Idempotency is { } record ? StoredJson.Write(record) : Field.Empty);
        values.Add(grant.Generation);
        values.Add(Field.Of(write.Heartbeat is not null));
        if (write.Heartbeat is { } heartbeat)
        {
            ProgressRow.Write(values, heartbeat);
        }

        AddHead(values, change.Head);
        values.Add(Field.Of(change.Progress is not null));
        if (change.Progress is { } progress)
        {
            ProgressRow.Write(values, progress);
        }

        AddAll(values, change.Manifest is { } manifest ? [manifest.LaunchManifest.GetRawText(), manifest.Overrides.GetRawText()] : []);
        AddAll(values, [.. change.Transitions.Select(transition => (RedisValue)StoredJson.Write(transition))]);
        AddAll(values, change.Audit is { } entry ? [StoredJson.Write(entry)] : []);
        AddAll(values, [.. change.Events.Select(EventRow.Write)]);
        AddAll(values, [.. change.Commands.SelectMany(Write)]);
    }

    private static void AddHead(List<RedisValue> values, RunHead head)
    {
        values.Add(StoredJson.Write(head));
        values.Add(head.State.ToWireName());
        values.Add(head.Health.ToWireName());
        values.Add(Field.Of(!head.State.IsTerminal()));
        values.Add(head.State == RunState.Queued ? head.Priority : Field.Empty);
        values.Add(Field.Of(head.State == RunState.Provisioning ? head.WorkerId : null));
        values.Add(Field.Of(head.State is RunState.Running or RunState.Paused or RunState.Errored ? head.WorkerId : null));
        values.Add(Field.Of(head.Ending?.At));
        values.Add(Field.Of(head.DueAt));
        values.Add(Field.Of(head.DueAfterSilence));
        values.Add(Field.Of(head.DueAfterStandstill));
        values.Add(Field.Microseconds(head.LastSignAt ?? head.CreatedAt));
        values.Add(Field.Microseconds(head.ChangedAt));
    }

    private static RedisValue[] Write(Command command) =>
    [
        command.Sequence, command.Id.Value, Field.Of(command.Status is CommandStatus.Pending or CommandStatus.Delivered), StoredJson.Write(command),
    ];

    private static void AddAll(List<RedisValue> values, RedisValue[] items)
    {
        values.Add(items.Length);
        values.AddRange(items);
    }
}
