namespace Orchestrator.Storage.Redis.Hints;

/// <summary>Where it is published that runs have changed: on a node one channel, on a cluster one for each shard, so that it goes nowhere else.</summary>
/// <param name="prefix">How every key begins.</param>
/// <param name="sender">Who this host is among those that publish.</param>
internal sealed class ChangeChannel(string prefix, string sender)
{
    private const string Name = "changed";

    private readonly string _channel = prefix + Name;

    /// <summary>Who this host is among those that publish.</summary>
    public string Sender => sender;

    /// <summary>Adds what a script needs to tell of changes: the command, the channel, and who tells.</summary>
    /// <param name="values">Where it is added.</param>
    /// <param name="channel">Where changes are told of; <see langword="null"/> for nowhere.</param>
    /// <param name="shard">The base of the shard that the changes are in.</param>
    /// <param name="isCluster">Whether Redis is a cluster.</param>
    public static void AddTo(List<RedisValue> values, ChangeChannel? channel, RedisKey shard, bool isCluster) => values.AddRange(
        channel is null ? [RedisValue.EmptyString, RedisValue.EmptyString, RedisValue.EmptyString]
        : isCluster ? ["SPUBLISH", shard.Append(Name).ToString(), channel.Sender]
        : ["PUBLISH", channel._channel, channel.Sender]);

    /// <summary>The channels to listen to.</summary>
    public IEnumerable<RedisChannel> All(IEnumerable<RedisKey> shards, bool isCluster) =>
        isCluster ? shards.Select(shard => RedisChannel.Sharded(shard.Append(Name).ToString())) : [RedisChannel.Literal(_channel)];
}
