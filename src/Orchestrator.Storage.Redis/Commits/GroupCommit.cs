using Orchestrator.Storage.Redis.Connections;
using Orchestrator.Storage.Redis.Shards;

namespace Orchestrator.Storage.Redis.Commits;

/// <summary>Writes a batch: plain heartbeats and changes apart, and of each in one call whatever may go together. A part that is not answered leaves the others.</summary>
/// <param name="server">Redis.</param>
/// <param name="shards">Where runs lie.</param>
/// <param name="grants">Draws what a change needs beforehand.</param>
/// <param name="heartbeats">Writes plain heartbeats.</param>
/// <param name="changes">Writes changes.</param>
/// <param name="mostInCall">How many writes one call takes.</param>
internal sealed class GroupCommit(RedisServer server, ShardMap shards, Grants grants, HeartbeatCommit heartbeats, ChangeCommit changes, int mostInCall)
{
    /// <inheritdoc cref="IRunStore.CommitAsync"/>
    public async Task CommitAsync(ReadOnlyMemory<RunWrite> writes, Memory<CommitResult> results)
    {
        var isCluster = await server.IsClusterAsync(CancellationToken.None).ConfigureAwait(false);
        var places = Enumerable.Range(0, writes.Length).ToLookup(place => writes.Span[place].Change is null);
        var plain = InPartsAsync([.. places[true]], async part =>
        {
            await heartbeats.CommitAsync(part, writes, results).ConfigureAwait(false);
            return [];
        });

        // Of writes with one idempotency key, one after the other.
        var left = places[false].ToArray();
        while (left.Length > 0)
        {
            var round = left.DistinctBy(place => (object?)writes.Span[place].Change!.Idempotency?.Key ?? place).ToArray();
            var granted = await grants.DrawAsync(round, writes).ConfigureAwait(false);
            foreach (var place in round.Where(place => granted[place] is null))
            {
                results.Span[place] = new CommitResult(CommitVerdict.Duplicate, null, null);
            }

            var taken = await InPartsAsync(
                [.. round.Where(place => granted[place] is not null)],
                part => changes.CommitAsync(part, writes, granted, isCluster, results)).ConfigureAwait(false);
            left = [.. left.Except(round), .. taken];
        }

        await plain.ConfigureAwait(false);

        async Task<int[]> InPartsAsync(int[] some, Func<int[], Task<IEnumerable<int>>> commit)
        {
            var bases = some.Select(place => shards.BaseOf(writes.Span[place].Run.Value)).ToArray();
            var parts = ShardGroups.Of(bases, isCluster, mostInCall).Select(part => TryAsync([.. part.Select(i => some[i])], commit)).ToList();
            return [.. (await Task.WhenAll(parts).ConfigureAwait(false)).SelectMany(taken => taken)];
        }

        async Task<IEnumerable<int>> TryAsync(int[] part, Func<int[], Task<IEnumerable<int>>> commit)
        {
            try
            {
                return await commit(part).ConfigureAwait(false);
            }
            catch (StoreUnavailableException) when (part.Length < writes.Length)
            {
                foreach (var place in part)
                {
                    results.Span[place] = new CommitResult(CommitVerdict.Unknown, null, null);
                }

                return [];
            }
        }
    }
}
