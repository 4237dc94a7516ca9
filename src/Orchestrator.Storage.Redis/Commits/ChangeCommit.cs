using Orchestrator.Storage.Redis.Connections;
using Orchestrator.Storage.Redis.Hints;
using Orchestrator.Storage.Redis.Rows;
using Orchestrator.Storage.Redis.Shards;

namespace Orchestrator.Storage.Redis.Commits;

/// <summary>Writes changes, many in one call, each whole or not at all.</summary>
/// <param name="server">Redis, on a connection that nothing else uses where replicas are waited for: the wait holds up the connection.</param>
/// <param name="shards">Where runs lie.</param>
/// <param name="channel">Where changes are told of; <see langword="null"/> for nowhere.</param>
/// <param name="replicas">How many replicas must have a change.</param>
internal sealed class ChangeCommit(RedisServer server, ShardMap shards, ChangeChannel? channel, int replicas)
{
    private const int MostTries = 3;

    // Which of the arguments of the script says so.
    private const int WasSentBefore = 3;

    private static readonly TimeSpan Replication = TimeSpan.FromSeconds(1);

    private enum Reply
    {
        Conflict,
        Committed,
        Duplicate,
        KeyTaken,
    }

    /// <param name="places">Which of the writes, each with a change.</param>
    /// <param name="writes">The writes.</param>
    /// <param name="grants">What was drawn for each.</param>
    /// <param name="isCluster">Whether Redis is a cluster.</param>
    /// <param name="results">Filled at these places.</param>
    /// <returns>Those of the writes whose run was barred from its idempotency key meanwhile; nothing of them is stored.</returns>
    public async Task<IEnumerable<Taken>> CommitAsync(int[] places, ReadOnlyMemory<RunWrite> writes, Grant[] grants, bool isCluster, Memory<CommitResult> results)
    {
        var (keys, values) = Write(places, writes.Span, grants, isCluster);
        var keeper = replicas > 0 ? await server.FindServerAsync(keys[0]).ConfigureAwait(false) : null;
        var (replies, wasLost) = await SendAsync(keys, values).ConfigureAwait(false);
        if (keeper is not null && replies.Any(reply => (Reply)(int)((RedisResult[])reply!)[0] == Reply.Committed))
        {
            await WaitForReplicasAsync(keeper, keys[0]).ConfigureAwait(false);
        }

        var taken = new List<Taken>();
        for (var i = 0; i < places.Length; i++)
        {
            var reply = (RedisResult[])replies[i]!;
            results.Span[places[i]] = Read(reply, wasLost);
            if ((Reply)(int)reply[0] == Reply.KeyTaken)
            {
                taken.Add(new Taken(places[i], (long)reply[1]));
            }
        }

        return taken;
    }

    /// <summary>Sends changes, and again when the connection broke before the answer: what was stored is known by its commit.</summary>
    private async ValueTask<(RedisResult[] Replies, bool WasLost)> SendAsync(RedisKey[] keys, RedisValue[] values)
    {
        for (var tries = 1; ; tries++)
        {
            try
            {
                var replies = await server.EvaluateAsync(Script.Changes, keys, values, Repeat.UntilCarriedOut, CancellationToken.None).ConfigureAwait(false);
                return ((RedisResult[])replies!, tries > 1);
            }
            catch (StoreUnavailableException fault) when (tries < MostTries && fault.InnerException is RedisConnectionException cause && StoreFaults.IsLost(cause))
            {
                // Each try has its own time to reach the server. One that does not answer in time is not burdened with the same again.
                values[WasSentBefore] = Field.Of(true);
            }
        }
    }

    /// <summary>Waits until replicas have the changes.</summary>
    /// <param name="keeper">The server that the changes were meant for: the replicas of another one, which took its place, say nothing of them.</param>
    /// <param name="key">A key that it keeps.</param>
    /// <exception cref="StoreUnavailableException">Fewer have them in time, or that is unknown.</exception>
    private async ValueTask WaitForReplicasAsync(IServer keeper, RedisKey key)
    {
        int reached;
        try
        {
            // Asked once: on another connection the answer would be about nothing.
            reached = (int)await keeper.ExecuteAsync("WAIT", replicas, (long)Replication.TotalMilliseconds).ConfigureAwait(false);
        }
        catch (Exception fault) when (StoreFaults.IsUnavailable(fault))
        {
            throw StoreFaults.ToUnavailable(fault);
        }

        if (reached < replicas || !(await server.FindServerAsync(key).ConfigureAwait(false)).EndPoint.Equals(keeper.EndPoint))
        {
            throw new StoreUnavailableException($"Redis stored the changes, and {reached} of {replicas} replicas have them.");
        }
    }

    private static CommitResult Read(RedisResult[] reply, bool wasLost) => (Reply)(int)reply[0] switch
    {
        Reply.Committed => new CommitResult(CommitVerdict.Committed, ProgressRow.Read((RedisResult[])reply[1]!), null),
        Reply.Duplicate => new CommitResult(CommitVerdict.Duplicate, null, null),
        // It may have been stored, and others have gone on since.
        Reply.Conflict when wasLost => new CommitResult(CommitVerdict.Unknown, null, null),
        Reply.Conflict => new CommitResult(CommitVerdict.Conflict, null, ViewRow.Read(reply[1])),
        _ => new CommitResult(CommitVerdict.Conflict, null, null),
    };

    private (RedisKey[] Keys, RedisValue[] Values) Write(int[] places, ReadOnlySpan<RunWrite> writes, Grant[] grants, bool isCluster)
    {
        var keys = new RedisKey[places.Length];
        var values = new List<RedisValue>(places.Length * 40);
        ChangeChannel.AddTo(values, channel, shards.BaseOf(writes[places[0]].Run.Value), isCluster);
        values.Add(Field.Of(false));
        for (var i = 0; i < places.Length; i++)
        {
            ref readonly var write = ref writes[places[i]];
            keys[i] = shards.BaseOf(write.Run.Value);
            ChangeArguments.Add(values, write, grants[places[i]]);
        }

        return (keys, [.. values]);
    }
}

/// <summary>A write whose run was barred from its idempotency key.</summary>
/// <param name="Place">Which of the writes.</param>
/// <param name="Generation">Up to which generation.</param>
internal readonly record struct Taken(int Place, long Generation);
