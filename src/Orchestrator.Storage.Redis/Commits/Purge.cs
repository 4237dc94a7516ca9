using Orchestrator.Storage.Redis.Connections;
using Orchestrator.Storage.Redis.Reads;
using Orchestrator.Storage.Redis.Rows;
using Orchestrator.Storage.Redis.Shards;

namespace Orchestrator.Storage.Redis.Commits;

/// <summary>Drops runs that ended, each with all that belongs to it.</summary>
internal sealed class Purge(RedisServer server, ShardMap shards, IndexWalk indexes, KeyRegistry keys)
{
    /// <inheritdoc cref="IRunStore.PurgeAsync"/>
    public async ValueTask<int> RunAsync(DateTimeOffset endedBefore, int limit, CancellationToken cancellationToken)
    {
        // Another host may be at the same runs: whoever comes second looks for further ones.
        var ended = RunIndex.EndedBefore(endedBefore);
        var dropped = 0;
        var isMore = true;
        while (isMore && dropped < limit)
        {
            var asked = limit - dropped;
            var found = await indexes.ReadAsync(ended, null, asked, cancellationToken).ConfigureAwait(false);
            var gone = 0;
            foreach (var member in found)
            {
                cancellationToken.ThrowIfCancellationRequested();
                gone += await TryDropAsync(ended.RunOf(member), endedBefore).ConfigureAwait(false) ? 1 : 0;
            }

            dropped += gone;
            isMore = found.Count == asked && gone < found.Count;
        }

        return dropped;
    }

    private async ValueTask<bool> TryDropAsync(RunId run, DateTimeOffset endedBefore)
    {
        // The keys first: when this stops half-way, the run is still there, and found again.
        var used = await server
            .CallAsync(database => database.HashKeysAsync(shards.KeyOf(run).Append(":k"), CommandFlags.DemandMaster), Repeat.UntilAnswered, CancellationToken.None)
            .ConfigureAwait(false);
        foreach (var key in used)
        {
            await keys.ReleaseAsync(key.ToString(), run).ConfigureAwait(false);
        }

        var values = new RedisValue[] { run.Value, Field.Of((DateTimeOffset?)endedBefore) };
        return (int)await server
            .EvaluateAsync(Script.Purge, [shards.BaseOf(run.Value)], values, Repeat.UntilAnswered, CancellationToken.None)
            .ConfigureAwait(false) == 1;
    }
}
