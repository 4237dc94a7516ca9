using Orchestrator.Storage.Redis.Connections;
using Orchestrator.Storage.Redis.Shards;

namespace Orchestrator.Storage.Redis.Reads;

/// <summary>Reads an index over all shards, as if it were one.</summary>
internal sealed class IndexWalk(RedisServer server, ShardMap shards)
{
    /// <summary>The first members after a place.</summary>
    /// <param name="index">The index.</param>
    /// <param name="after">The member to read after; <see langword="null"/> for the first.</param>
    /// <param name="limit">How many at most.</param>
    /// <param name="cancellationToken">Stops the read.</param>
    public async ValueTask<List<string>> ReadAsync(RunIndex index, string? after, int limit, CancellationToken cancellationToken)
    {
        // Of each shard a few more than its share: seldom one must be read again.
        var share = Math.Min(limit, 2 + (4 * limit / shards.Bases.Count));
        var parts = await ReadAsync(index, Enumerable.Range(0, shards.Bases.Count), after, share, cancellationToken).ConfigureAwait(false);
        var order = Comparer<string>.Create((one, other) => index.IsDescending ? string.CompareOrdinal(other, one) : string.CompareOrdinal(one, other));
        var heads = new PriorityQueue<int, string>(order);
        foreach (var part in parts.Where(part => part.Members.Count > 0))
        {
            heads.Enqueue(part.Shard, part.Members.Peek());
        }

        var first = new List<string>();
        while (first.Count < limit && heads.TryDequeue(out var shard, out var member))
        {
            first.Add(member);
            var part = parts[shard];
            part.Members.Dequeue();
            if (part.Members.Count == 0 && part.IsMore && first.Count < limit)
            {
                part = parts[shard] = (await ReadAsync(index, [shard], member, limit - first.Count, cancellationToken).ConfigureAwait(false))[0];
            }

            if (part.Members.Count > 0)
            {
                heads.Enqueue(shard, part.Members.Peek());
            }
        }

        return first;
    }

    private async ValueTask<Part[]> ReadAsync(RunIndex index, IEnumerable<int> some, string? after, int count, CancellationToken cancellationToken)
    {
        var replies = await ShardReads.ReadAsync(
            server,
            [.. some.Select(shard => shards.Bases[shard])],
            Script.Index,
            [index.Name, index.IsDescending ? "desc" : "asc"],
            _ => [after is null ? index.From : "(" + after, index.To, count],
            cancellationToken).ConfigureAwait(false);
        return [.. some.Zip(replies, (shard, reply) =>
        {
            var members = (string[])reply!;
            return new Part(shard, new Queue<string>(members), members.Length == count);
        })];
    }

    private readonly record struct Part(int Shard, Queue<string> Members, bool IsMore);
}
