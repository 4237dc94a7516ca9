using Orchestrator.Storage.Redis.Connections;
using Orchestrator.Storage.Redis.Reads;
using Orchestrator.Storage.Redis.Rows;
using Orchestrator.Storage.Redis.Shards;

namespace Orchestrator.Storage.Redis.Commits;

/// <summary>Drops runs that ended, each with all that belongs to it.</summary>
internal sealed class Purge(RedisServer server, ShardMap shards, IndexWalk indexes, KeyRegistry keys)
{
    private const int MostAtOnce = 64;

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
        // Another host may drop the run meanwhile, and its id and keys may be used again: what is released is what the keys held before the drop.
        var used = await server
            .CallAsync(database => database.HashKeysAsync(shards.KeyOf(run).Append(":k"), CommandFlags.DemandMaster), Repeat.UntilAnswered, CancellationToken.None)
            .ConfigureAwait(false);
        var granted = new List<(string Key, long Generation)>();
        await InChunksAsync(used, async key =>
        {
            if (await keys.FindGenerationAsync(key.ToString(), run).ConfigureAwait(false) is { } generation)
            {
                lock (granted)
                {
                    granted.Add((key.ToString(), generation));
                }
            }
        }).ConfigureAwait(false);

        RedisValue[] values = [run.Value, Field.Of((DateTimeOffset?)endedBefore), .. granted.SelectMany(one => new RedisValue[] { one.Key, one.Generation })];
        var isDropped = (int)await server
            .EvaluateAsync(Script.Purge, [shards.BaseOf(run.Value)], values, Repeat.UntilAnswered, CancellationToken.None)
            .ConfigureAwait(false) == 1;
        if (isDropped)
        {
            // A key that is not released, because this stops half-way, is given to the next run that asks for it: its run has not used it.
            await InChunksAsync(granted, one => keys.ReleaseAsync(one.Key, run, one.Generation)).ConfigureAwait(false);
        }

        return isDropped;
    }

    private static async Task InChunksAsync<T>(IEnumerable<T> items, Func<T, Task> call)
    {
        foreach (var chunk in items.Chunk(MostAtOnce))
        {
            await Task.WhenAll(chunk.Select(call)).ConfigureAwait(false);
        }
    }
}
