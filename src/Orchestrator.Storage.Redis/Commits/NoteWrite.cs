using Orchestrator.Storage.Redis.Connections;
using Orchestrator.Storage.Redis.Hints;
using Orchestrator.Storage.Redis.Rows;
using Orchestrator.Storage.Redis.Shards;

namespace Orchestrator.Storage.Redis.Commits;

/// <summary>Reads and writes notes.</summary>
internal sealed class NoteWrite(RedisServer server, ShardMap shards, ChangeChannel? channel)
{
    private static readonly RedisValue[] Fields = ["value", "version"];

    /// <inheritdoc cref="IRunStore.ReadNoteAsync"/>
    public async ValueTask<Note?> ReadAsync(string key, CancellationToken cancellationToken)
    {
        var row = await server
            .CallAsync(database => database.HashGetAsync(shards.BaseOf(key).Append("n:" + key), Fields, CommandFlags.DemandMaster), Repeat.UntilAnswered, cancellationToken)
            .ConfigureAwait(false);
        return row[1].IsNull ? null : new Note(key, row[0].ToString(), (long)row[1]);
    }

    /// <inheritdoc cref="IRunStore.TryWriteNoteAsync"/>
    public async ValueTask<bool> TryWriteAsync(string key, string value, long expectedVersion, RunEvent? told)
    {
        var shard = shards.BaseOf(key);
        var values = new List<RedisValue>();
        ChangeChannel.AddTo(values, channel, shard, await server.IsClusterAsync(CancellationToken.None).ConfigureAwait(false));
        values.AddRange([key, value, expectedVersion, told is null ? Field.Empty : EventRow.Write(told)]);
        return (int)await server.EvaluateAsync(Script.Note, [shard], [.. values], Repeat.UntilCarriedOut, CancellationToken.None).ConfigureAwait(false) == 1;
    }
}
