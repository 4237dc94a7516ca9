namespace Orchestrator.Storage.Redis.Shards;

/// <summary>Which of some items go into one call: on a cluster those of one shard, on a node so many as do not hold up the other callers.</summary>
internal static class ShardGroups
{
    /// <summary>Groups items, by their places.</summary>
    /// <param name="bases">The base of the shard of each item.</param>
    /// <param name="isCluster">Whether a call concerns one shard.</param>
    /// <param name="most">How many items one call takes.</param>
    public static IEnumerable<int[]> Of(IReadOnlyList<RedisKey> bases, bool isCluster, int most)
    {
        var places = Enumerable.Range(0, bases.Count);
        return isCluster ? places.GroupBy(place => bases[place]).SelectMany(shard => shard.Chunk(most)) : places.Chunk(most);
    }
}
