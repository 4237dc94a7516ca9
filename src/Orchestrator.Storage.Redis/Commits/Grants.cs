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
    /// <param name="barred">Up to which generation the run of each is barred from its idempotency key.</param>
    /// <returns>What was drawn for each write, or why it is not to be written.</returns>
    public async Task<Grant[]> DrawAsync(int[] places, ReadOnlyMemory<RunWrite> writes, long[] barred)
    {
        var reserving = Task.WhenAll(places.Select(place => ReserveAsync(writes.Span[place], barred[place], isAlone: writes.Length == 1)));
        var created = places.Where(place => writes.Span[place].ExpectedRevision == 0).ToArray();
        var ordinal = await CountAsync(created.Length, isAlone: writes.Length == 1).ConfigureAwait(false);
        var granted = new Grant[writes.Length];
        foreach (var (place, grant) in places.Zip(await reserving.ConfigureAwait(false)))
        {
            granted[place] = grant;
        }

        foreach (var place in created)
        {
            granted[place] = ordinal is null ? new Grant { Refusal = granted[place].Refusal ?? CommitVerdict.Unknown } : granted[place] with { Ordinal = ordinal++.Value };
        }

        return granted;
    }

    private async Task<Grant> ReserveAsync(RunWrite write, long barred, bool isAlone)
    {
        if (write.Change!.Idempotency is not { } record)
        {
            return default;
        }

        try
        {
            return await keys.ReserveAsync(record.Key, write.Run, barred).ConfigureAwait(false) is { } generation
                ? new Grant { Generation = generation }
                : new Grant { Refusal = CommitVerdict.Duplicate };
        }
        catch (StoreUnavailableException) when (!isAlone)
        {
            return new Grant { Refusal = CommitVerdict.Unknown };
        }
    }

    /// <returns>The first of so many places in the order of creation. One that is drawn twice, because an answer was lost, leaves a gap.</returns>
    private async Task<long?> CountAsync(int count, bool isAlone)
    {
        if (count == 0)
        {
            return null;
        }

        try
        {
            var last = await server
                .CallAsync(database => database.StringIncrementAsync(counter, count), Repeat.UntilAnswered, CancellationToken.None)
                .ConfigureAwait(false);
            return last - count + 1;
        }
        catch (StoreUnavailableException) when (!isAlone)
        {
            return null;
        }
    }
}

/// <summary>What was drawn for a write before it is sent.</summary>
/// <param name="Ordinal">The place in the order of creation, for a run that is created.</param>
/// <param name="Generation">How often the idempotency key has been granted; 0 for a change without one.</param>
/// <param name="Refusal">The verdict on a write that is not sent: another run has used its key, or what it needs could not be drawn.</param>
internal readonly record struct Grant(long Ordinal, long Generation, CommitVerdict? Refusal);
