using Orchestrator.Storage.Redis.Connections;
using Orchestrator.Storage.Redis.Shards;

namespace Orchestrator.Storage.Redis.Reads;

/// <summary>Reads of many shards: on a node in few calls, on a cluster with a call for each, all at once.</summary>
internal static class ShardReads
{
    private const int MostInCall = 256;

    /// <summary>Runs a script that answers for each of its keys.</summary>
    /// <param name="server">Redis.</param>
    /// <param name="keys">The keys.</param>
    /// <param name="script">The script.</param>
    /// <param name="common">The arguments that come first.</param>
    /// <param name="own">The arguments of each key, by its place.</param>
    /// <param name="cancellationToken">Stops the read.</param>
    /// <returns>The answer for each key.</returns>
    public static async ValueTask<RedisResult[]> ReadAsync(
        RedisServer server, IReadOnlyList<RedisKey> keys, Script script, RedisValue[] common, Func<int, RedisValue[]> own, CancellationToken cancellationToken)
    {
        var answers = new RedisResult[keys.Count];
        var groups = ShardGroups.Of(keys, await server.IsClusterAsync(cancellationToken).ConfigureAwait(false), MostInCall);
        await Task.WhenAll(groups.Select(async group =>
        {
            var values = common.Concat(group.SelectMany(own)).ToArray();
            var replies = (RedisResult[])(await server
                .EvaluateAsync(script, [.. group.Select(place => keys[place])], values, Repeat.UntilAnswered, cancellationToken)
                .ConfigureAwait(false))!;
            for (var i = 0; i < group.Length; i++)
            {
                answers[group[i]] = replies[i];
            }
        })).ConfigureAwait(false);
        return answers;
    }
}
