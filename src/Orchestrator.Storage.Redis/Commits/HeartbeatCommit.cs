using Orchestrator.Storage.Redis.Connections;
using Orchestrator.Storage.Redis.Rows;
using Orchestrator.Storage.Redis.Shards;

namespace Orchestrator.Storage.Redis.Commits;

/// <summary>Writes plain heartbeats, many in one call.</summary>
internal sealed class HeartbeatCommit(RedisServer server, ShardMap shards)
{
    /// <param name="places">Which of the writes, each with a heartbeat and without a change.</param>
    /// <param name="writes">The writes.</param>
    /// <param name="results">Filled at these places.</param>
    public async Task CommitAsync(int[] places, ReadOnlyMemory<RunWrite> writes, Memory<CommitResult> results)
    {
        // One that was stored although its answer was lost is not told again: it would count twice.
        var (keys, values) = Write(places, writes.Span);
        var replies = (RedisResult[])(await server.EvaluateAsync(Script.Heartbeats, keys, values, Repeat.No, CancellationToken.None).ConfigureAwait(false))!;
        for (var i = 0; i < places.Length; i++)
        {
            var reply = (RedisResult[])replies[i]!;
            results.Span[places[i]] = (int)reply[0] == 1
                ? new CommitResult(CommitVerdict.Committed, ProgressRow.Read(reply.AsSpan(1), writes.Span[places[i]].Heartbeat!.Value), null)
                : new CommitResult(CommitVerdict.Conflict, null, ViewRow.Read(reply[1]));
        }
    }

    private (RedisKey[] Keys, RedisValue[] Values) Write(int[] places, ReadOnlySpan<RunWrite> writes)
    {
        var keys = new RedisKey[places.Length];
        var values = new List<RedisValue>(places.Length * 14);
        for (var i = 0; i < places.Length; i++)
        {
            ref readonly var write = ref writes[places[i]];
            keys[i] = shards.KeyOf(write.Run);
            values.Add(write.ExpectedRevision);
            values.Add(Field.Of(write.ExpectedHeartbeats));
            values.Add(Field.Of(write.ExpectedCommit));
            ProgressRow.Write(values, write.Heartbeat!.Value);
        }

        return (keys, [.. values]);
    }
}
