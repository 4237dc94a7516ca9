namespace Orchestrator.Storage.Redis.Shards;

/// <summary>Which shard a run lies in, and how the keys of a shard begin.</summary>
internal sealed class ShardMap
{
    private readonly RedisKey[] _bases;

    /// <param name="prefix">How every key begins.</param>
    /// <param name="count">How many shards there are.</param>
    public ShardMap(string prefix, int count)
    {
        // What is in braces alone decides on the slot: https://redis.io/docs/latest/operate/oss_and_stack/reference/cluster-spec/#hash-tags
        _bases = [.. Enumerable.Range(0, count).Select(number => (RedisKey)string.Create(CultureInfo.InvariantCulture, $"{prefix}{{{number}}}:"))];
    }

    /// <summary>How the keys of each shard begin.</summary>
    public IReadOnlyList<RedisKey> Bases => _bases;

    /// <summary>How the keys of the shard begin in which a run lies, or a note or an idempotency key.</summary>
    public RedisKey BaseOf(string name) => _bases[NumberOf(name)];

    /// <summary>The key of a run.</summary>
    public RedisKey KeyOf(RunId run) => BaseOf(run.Value).Append("r:" + run.Value);

    /// <summary>The shard of a name: FNV-1a (http://www.isthe.com/chongo/tech/comp/fnv/), which never changes for runs that are stored.</summary>
    public int NumberOf(string name)
    {
        var hash = 2_166_136_261u;
        foreach (var character in name)
        {
            hash = (hash ^ character) * 16_777_619u;
        }

        return (int)(hash % (uint)_bases.Length);
    }
}
