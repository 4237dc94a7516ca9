using Orchestrator.Storage.Redis.Connections;

namespace Orchestrator.Storage.Redis.Commits;

/// <summary>Draws what a change needs from outside the shard of its run: a place in the order of creation, and the leave to use an idempotency key.</summary>
/// <param name="server">Redis.</param>
/// <param name="keys">Grants idempotency keys.</param>
/// <param name="counter">The key of the counter that gives places in the order of creation.</param>
internal sealed class Grants(RedisServer server, KeyRegistry keys, RedisKey counter)
{
    /// <param name="places">Which of the writes, each with a change.</param>
    /// <param name="writes">The writes.</param>
    /// <returns>What was drawn for each write; <see langword="null"/> where another run has used the idempotency key.</returns>
    public async Task<Grant?[]> DrawAsync(int[] places, ReadOnlyMemory<RunWrite> writes)
    {
        var generations = Task.WhenAll(places.Select(place => writes.Span[place] is { Change.Idempotency: { } record, Run: var run }
            ? keys.ReserveAsync(record.Key, run)
            : Task.FromResult<long?>(0)));
        var created = places.Where(place => writes.Span[place].ExpectedRevision == 0).ToArray();

        // One that is drawn twice, because an answer was lost, leaves a gap in the order.
        var last = created.Length == 0 ? 0 : await server
            .CallAsync(database => database.StringIncrementAsync(counter, created.Length), Repeat.UntilAnswered, CancellationToken.None)
            .ConfigureAwait(false);
        var granted = new Grant?[writes.Length];
        foreach (var (place, generation) in places.Zip(await generations.ConfigureAwait(false)))
        {
            granted[place] = generation is { } value ? new Grant(0, value) : null;
        }

        foreach (var (n, place) in created.Index())
        {
            granted[place] = granted[place] is { } grant ? grant with { Ordinal = last - created.Length + 1 + n } : null;
        }

        return granted;
    }
}

/// <summary>What was drawn for a write before it is sent.</summary>
/// <param name="Ordinal">The place in the order of creation, for a run that is created.</param>
/// <param name="Generation">How often the idempotency key has been granted; 0 for a change without one.</param>
internal readonly record struct Grant(long Ordinal, long Generation);
