using System.Collections.Concurrent;
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
    // Each more means that another call wants the same idempotency key for another run, at the same time.
    private const int MostRounds = 16;

    /// <inheritdoc cref="IRunStore.CommitAsync"/>
    public async Task CommitAsync(ReadOnlyMemory<RunWrite> writes, Memory<CommitResult> results)
    {
        var isCluster = await server.IsClusterAsync(CancellationToken.None).ConfigureAwait(false);
        var faults = new ConcurrentQueue<StoreUnavailableException>();
        var failed = 0;
        var places = Enumerable.Range(0, writes.Length).ToLookup(place => writes.Span[place].Change is null);
        var plain = InPartsAsync([.. places[true]], async part =>
        {
            await heartbeats.CommitAsync(part, writes, results).ConfigureAwait(false);
            return Enumerable.Empty<Taken>();
        });

        // Of writes with one idempotency key, one after the other.
        var barred = new long[writes.Length];
        var left = places[false].ToArray();
        for (var rounds = 1; left.Length > 0; rounds++)
        {
            var round = left.DistinctBy(place => (object?)writes.Span[place].Change!.Idempotency?.Key ?? place).ToArray();
            var granted = await grants.DrawAsync(round, writes, barred).ConfigureAwait(false);
            Conclude(round.Where(place => granted[place].Refusal is not null), place => granted[place].Refusal!.Value);
            var taken = await InPartsAsync(
                [.. round.Where(place => granted[place].Refusal is null)],
                part => changes.CommitAsync(part, writes, granted, isCluster, results)).ConfigureAwait(false);
            foreach (var (place, generation) in taken)
            {
                barred[place] = generation;
            }

            left = [.. left.Except(round), .. taken.Select(one => one.Place)];
            if (rounds >= MostRounds + writes.Length)
            {
                Conclude(left, _ => CommitVerdict.Unknown);
                break;
            }
        }

        await plain.ConfigureAwait(false);
        if (failed == writes.Length && faults.TryPeek(out var first))
        {
            // A script may have stored a part of what it was given: the writes must not be sent again one by one.
            throw new StoreUnavailableException(first.Message, first.InnerException ?? first);
        }

        void Conclude(IEnumerable<int> some, Func<int, CommitVerdict> verdict)
        {
            foreach (var place in some)
            {
                results.Span[place] = new CommitResult(verdict(place), null, null);
            }
        }

        async Task<Taken[]> InPartsAsync(int[] some, Func<int[], Task<IEnumerable<Taken>>> commit)
        {
            var bases = some.Select(place => shards.BaseOf(writes.Span[place].Run.Value)).ToArray();
            var parts = ShardGroups.Of(bases, isCluster, mostInCall).Select(part => TryAsync([.. part.Select(i => some[i])], commit)).ToList();
            return [.. (await Task.WhenAll(parts).ConfigureAwait(false)).SelectMany(taken => taken)];
        }

        async Task<IEnumerable<Taken>> TryAsync(int[] part, Func<int[], Task<IEnumerable<Taken>>> commit)
        {
            try
            {
                return await commit(part).ConfigureAwait(false);
            }
            catch (StoreUnavailableException fault) when (writes.Length > 1)
            {
                faults.Enqueue(fault);
                Interlocked.Add(ref failed, part.Length);
                Conclude(part, _ => CommitVerdict.Unknown);
                return [];
            }
        }
    }
}
