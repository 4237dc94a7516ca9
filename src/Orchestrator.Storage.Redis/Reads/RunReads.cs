using System.Buffers.Text;
using System.Text;
using Orchestrator.Storage.Redis.Connections;
using Orchestrator.Storage.Redis.Rows;
using Orchestrator.Storage.Redis.Shards;

namespace Orchestrator.Storage.Redis.Reads;

/// <summary>Reads runs by id, and in the orders in which they are found otherwise.</summary>
internal sealed class RunReads(RedisServer server, ShardMap shards, IndexWalk indexes)
{
    private const int LongestSlice = 256;

    /// <inheritdoc cref="IRunStore.LoadAsync"/>
    public async ValueTask LoadAsync(ReadOnlyMemory<RunLookup> lookups, Memory<RunView?> views, CancellationToken cancellationToken)
    {
        var asked = lookups.ToArray();
        var rows = await ShardReads.ReadAsync(
            server,
            [.. asked.Select(lookup => shards.KeyOf(lookup.Run))],
            Script.Load,
            [],
            place => [Field.Of(asked[place].Manifest), asked[place].Command?.Value ?? Field.Empty, asked[place].IdempotencyKey ?? Field.Empty],
            cancellationToken).ConfigureAwait(false);
        for (var place = 0; place < rows.Length; place++)
        {
            views.Span[place] = ViewRow.ReadWhole(rows[place]);
        }
    }

    /// <inheritdoc cref="IRunStore.ListAsync"/>
    public async ValueTask<Page<RunView>> ListAsync(RunFilter filter, int limit, string? cursor, bool includeManifest, CancellationToken cancellationToken)
    {
        var index = filter.States.Count > 0 && !filter.States.Any(RunStates.IsTerminal) ? RunIndex.Live : RunIndex.Created;
        var after = cursor is null ? null : ReadCursor(cursor);
        var items = new List<(RunView View, string Member)>();
        await foreach (var slice in SlicesAsync(index, after, limit + 1, includeManifest, cancellationToken).ConfigureAwait(false))
        {
            items.AddRange(slice.Where(item => filter.Passes(item.View.Head)));
            if (items.Count > limit)
            {
                break;
            }
        }

        return new Page<RunView>([.. items.Take(limit).Select(item => item.View)], items.Count > limit ? WriteCursor(items[limit - 1].Member) : null);
    }

    /// <inheritdoc cref="IRunStore.FindQueuedAsync"/>
    public async ValueTask<IReadOnlyList<RunHead>> FindQueuedAsync(QueueFilter filter, int limit, CancellationToken cancellationToken)
    {
        var found = new List<RunHead>();
        await foreach (var slice in SlicesAsync(RunIndex.Queued, null, limit, false, cancellationToken).ConfigureAwait(false))
        {
            found.AddRange(slice.Select(item => item.View.Head).Where(head => head.State == RunState.Queued && filter.Passes(head)).Take(limit - found.Count));
            if (found.Count == limit)
            {
                break;
            }
        }

        return found;
    }

    /// <inheritdoc cref="IRunStore.FindHeldAsync"/>
    public async ValueTask<IReadOnlyList<RunHead>> FindHeldAsync(string workerId, bool isStarted, int limit, CancellationToken cancellationToken)
    {
        var index = isStarted ? RunIndex.StartedBy(workerId) : RunIndex.HeldBy(workerId);
        var held = new List<RunHead>();
        await foreach (var slice in SlicesAsync(index, null, limit, false, cancellationToken).ConfigureAwait(false))
        {
            held.AddRange(slice.Select(item => item.View.Head).Where(head => head.WorkerId == workerId && IsHeld(head.State, isStarted)).Take(limit - held.Count));
            if (held.Count == limit)
            {
                break;
            }
        }

        return held;
    }

    /// <inheritdoc cref="IRunStore.CountAsync"/>
    public async ValueTask<IReadOnlyList<RunCount>> CountAsync(CancellationToken cancellationToken)
    {
        var isCluster = await server.IsClusterAsync(cancellationToken).ConfigureAwait(false);
        var sums = await Task.WhenAll(ShardGroups.Of(shards.Bases, isCluster, shards.Bases.Count).Select(async group =>
            (RedisResult[])(await server
                .EvaluateAsync(Script.Counts, [.. group.Select(place => shards.Bases[place])], [], Repeat.UntilAnswered, cancellationToken)
                .ConfigureAwait(false))!)).ConfigureAwait(false);
        return [.. sums
            .SelectMany(sum => sum.Chunk(2))
            .GroupBy(pair => (string)pair[0]!, pair => (long)pair[1])
            .Select(alike => Alike.Parse(alike.Key, alike.Sum()))
            .Where(count => count.Count > 0)];
    }

    /// <summary>Walks an index in slices that grow, with the runs as they stand; one that has gone since is left out.</summary>
    private async IAsyncEnumerable<IEnumerable<(RunView View, string Member)>> SlicesAsync(
        RunIndex index, string? after, int first, bool includeManifest, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        for (var size = Math.Min(first, LongestSlice); ; size = Math.Min(2 * size, LongestSlice))
        {
            var members = await indexes.ReadAsync(index, after, size, cancellationToken).ConfigureAwait(false);
            var views = new RunView?[members.Count];
            await LoadAsync(members.Select(member => new RunLookup(index.RunOf(member), includeManifest)).ToArray(), views, cancellationToken).ConfigureAwait(false);
            yield return members.Zip(views, (member, view) => (View: view!, Member: member)).Where(item => item.View is not null);
            if (members.Count < size)
            {
                yield break;
            }

            after = members[^1];
        }
    }

    private static bool IsHeld(RunState state, bool isStarted) =>
        isStarted ? state is RunState.Running or RunState.Paused or RunState.Errored : state == RunState.Provisioning;

    private static string WriteCursor(string member) => Base64Url.EncodeToString(Encoding.ASCII.GetBytes(member));

    private static string ReadCursor(string cursor)
    {
        if (cursor.Length is > 0 and < 256 && Base64Url.IsValid(cursor))
        {
            var member = Encoding.ASCII.GetString(Base64Url.DecodeFromChars(cursor));
            if (member.Length > 16 && !member.AsSpan(0, 16).ContainsAnyExceptInRange('0', '9') && RunId.TryParse(member[16..], out _))
            {
                return member;
            }
        }

        throw new FormatException("the cursor was not made by this store");
    }
}
