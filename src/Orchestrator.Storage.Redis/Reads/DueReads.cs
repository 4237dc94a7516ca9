using Orchestrator.Storage.Redis.Connections;
using Orchestrator.Storage.Redis.Rows;
using Orchestrator.Storage.Redis.Shards;

namespace Orchestrator.Storage.Redis.Reads;

/// <summary>Finds runs that are due: shard by shard, and in each by id, so that one which changes meanwhile is neither repeated nor passed over.</summary>
internal sealed class DueReads(RedisServer server, ShardMap shards)
{
    // Runs that a call looks at, so that it does not hold up the others for more than a few milliseconds.
    private const int MostSteps = 1_000;
    private const int ShardsInCall = 32;

    /// <inheritdoc cref="IRunStore.FindDueAsync"/>
    public async ValueTask<Page<RunView>> FindAsync(DateTimeOffset now, int limit, string? cursor, CancellationToken cancellationToken)
    {
        var isCluster = await server.IsClusterAsync(cancellationToken).ConfigureAwait(false);
        var (shard, after) = cursor is null ? (0, "") : ReadCursor(cursor);
        var found = new List<RunView>();
        while (shard < shards.Bases.Count)
        {
            var some = shards.Bases.Skip(shard).Take(isCluster ? 1 : ShardsInCall).ToArray();
            var reply = (RedisResult[])(await server
                .EvaluateAsync(Script.Due, some, [Field.Microseconds(now), limit - found.Count, MostSteps, after], Repeat.UntilAnswered, cancellationToken)
                .ConfigureAwait(false))!;
            found.AddRange(((RedisResult[])reply[2]!).Select(row => ViewRow.Read(row)!));
            var stopped = (int)reply[0];
            (shard, after) = stopped == 0 ? (shard + some.Length, "") : (shard + stopped - 1, (string)reply[1]!);
            if (found.Count == limit && shard < shards.Bases.Count)
            {
                return new Page<RunView>(found, string.Create(CultureInfo.InvariantCulture, $"{shard}:{after}"));
            }
        }

        return new Page<RunView>(found, null);
    }

    private static (int Shard, string After) ReadCursor(string cursor) =>
        cursor.Split(':', 2) is [var shard, var after] && int.TryParse(shard, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? (number, after)
            : throw new FormatException("the cursor was not made by this store");
}
