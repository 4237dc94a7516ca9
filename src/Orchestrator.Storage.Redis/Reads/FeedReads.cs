using Orchestrator.Storage.Redis.Connections;
using Orchestrator.Storage.Redis.Rows;
using Orchestrator.Storage.Redis.Shards;

namespace Orchestrator.Storage.Redis.Reads;

/// <summary>Reads the feeds of all shards as one, by the time at which their events were stored.</summary>
internal sealed class FeedReads(RedisServer server, ShardMap shards)
{
    private const int MostRefills = 8;

    /// <inheritdoc cref="IRunStore.ReadFeedAsync"/>
    public async ValueTask<FeedPage> ReadAsync(string? after, int limit, CancellationToken cancellationToken)
    {
        await server.IsClusterAsync(cancellationToken).ConfigureAwait(false);
        var begin = after is null or EventSubscription.Start ? FeedPosition.Start(server.Place, shards.Bases.Count) : FeedPosition.Parse(after, shards.Bases.Count);
        if (begin.Place != server.Place)
        {
            throw new FeedExpiredException("The position is of another Redis.");
        }

        var look = await LookAsync(begin, Enumerable.Range(0, shards.Bases.Count), after is null ? 0 : Share(limit), cancellationToken).ConfigureAwait(false);
        if (after is not null and not EventSubscription.Start && look.IsBehind && look.Drops != begin.Drops)
        {
            throw new FeedExpiredException { Left = begin.At(look.Drops).ToString() };
        }

        ThrowIfOther(begin, look);
        var next = begin.At(look.Drops).Copy();
        if (after is null)
        {
            foreach (var part in look.Parts)
            {
                next.Move(part.Shard, part.End);
            }

            return new FeedPage([], next.ToString());
        }

        var items = await MergeAsync(look.Parts, next, limit, cancellationToken).ConfigureAwait(false);
        return new FeedPage(items, items.Count == 0 ? next.ToString() : items[^1].Position);
    }

    /// <summary>How many events of each shard are read at first: its share of the page, and some more.</summary>
    private int Share(int limit) => Math.Min(limit, 4 + (2 * limit / shards.Bases.Count));

    /// <summary>Takes the oldest event of all shards, again and again; <paramref name="next"/> moves on with it.</summary>
    private async ValueTask<List<FeedItem>> MergeAsync(IReadOnlyList<Part> parts, FeedPosition next, int limit, CancellationToken cancellationToken)
    {
        var heads = new PriorityQueue<Part, (long Stored, int Shard)>();
        foreach (var part in parts)
        {
            Take(part);
        }

        var items = new List<FeedItem>();
        var refills = 0;
        while (items.Count < limit && heads.TryDequeue(out var part, out _))
        {
            var entry = part.Entries.Dequeue();
            next.Move(part.Shard, entry.Position, entry.Stored);
            if (part.Entries.Count > 0 || part.IsWhole)
            {
                Take(part);
                Add(entry);
                continue;
            }

            Add(entry);
            if (items.Count == limit || ++refills > MostRefills)
            {
                break;
            }

            // Without its next event it cannot be told which is the oldest.
            var look = await LookAsync(next, [part.Shard], limit - items.Count, cancellationToken).ConfigureAwait(false);
            foreach (var more in look.Parts)
            {
                Take(more);
            }
        }

        return items;

        void Add(Entry entry) => items.Add(new FeedItem(EventRow.Read(entry.Run, entry.Text), next.ToString()));

        void Take(Part part)
        {
            if (part.Entries.TryPeek(out var first))
            {
                heads.Enqueue(part, (first.Stored, part.Shard));
            }
            else if (part.IsWhole)
            {
                // What was dropped at the end is passed, too.
                next.Move(part.Shard, part.End);
            }
        }
    }

    private async ValueTask<Look> LookAsync(FeedPosition after, IEnumerable<int> some, int count, CancellationToken cancellationToken)
    {
        var asked = some.ToArray();
        var isCluster = await server.IsClusterAsync(cancellationToken).ConfigureAwait(false);
        var looks = await Task.WhenAll(ShardGroups.Of([.. asked.Select(shard => shards.Bases[shard])], isCluster, asked.Length).Select(async group =>
        {
            var last = after.Last.Stored == 0 ? 0 : 1 + group.ToList().FindIndex(place => asked[place] == after.Last.Shard);
            RedisValue[] values = [count, .. group.Select(place => (RedisValue)after.After[asked[place]]), last, after.Last.Stored];
            var reply = (RedisResult[])(await server
                .EvaluateAsync(Script.Feed, [.. group.Select(place => shards.Bases[asked[place]])], values, Repeat.UntilAnswered, cancellationToken)
                .ConfigureAwait(false))!;
            return new Look((long)reply[0], (int)reply[1] == 1, (int)reply[2] == 1, [.. reply.Skip(3).Select(part => Part.Read((RedisResult[])part!, count, n => asked[group[n - 1]]))]);
        })).ConfigureAwait(false);
        return new Look(looks.Sum(look => look.Drops), looks.Any(look => look.IsBehind), looks.Any(look => look.IsOther), [.. looks.SelectMany(look => look.Parts)]);
    }

    /// <summary>Refuses a position of another history: a shard has not come so far, or another event is where the last one was read.</summary>
    private static void ThrowIfOther(FeedPosition begin, Look look)
    {
        var behind = look.Parts.Where(part => part.End < begin.After[part.Shard]).ToList();
        if (look.IsOther)
        {
            throw new FeedExpiredException("The position is of another history of Redis.");
        }

        if (behind.Count > 0)
        {
            // A failover lost the end of these shards.
            var left = begin.At(look.Drops).Copy();
            behind.ForEach(part => left.Move(part.Shard, part.End));
            throw new FeedExpiredException("The position is of another history of Redis.") { Left = left.ToString() };
        }
    }

    private sealed record Look(long Drops, bool IsBehind, bool IsOther, IReadOnlyList<Part> Parts);

    /// <summary>What was read of a shard, the last position in it, and whether there is nothing between.</summary>
    private sealed record Part(int Shard, long End, Queue<Entry> Entries, bool IsWhole)
    {
        public static Part Read(RedisResult[] row, int asked, Func<int, int> shardOf)
        {
            var entries = ((RedisResult[])row[2]!).Chunk(4).Select(Entry.Read).ToList();
            return new Part(shardOf((int)row[0]), (long)row[1], new Queue<Entry>(entries), entries.Count < asked);
        }
    }

    private readonly record struct Entry(long Position, long Stored, string Run, string Text)
    {
        public static Entry Read(RedisResult[] row) => new((long)row[0], (long)row[2], (string)row[1]!, (string)row[3]!);
    }
}
