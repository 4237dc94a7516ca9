using System.Buffers;
using Orchestrator.Storage;

namespace Orchestrator.Core.Storage;

/// <summary>Single reads, for a port that reads many at once, and whole reads, for one that reads by pages.</summary>
internal static class StoreReads
{
    private const int PageSize = 1_000;

    /// <summary>Reads everything of one kind that belongs to a run, page by page.</summary>
    public static async ValueTask<IReadOnlyList<T>> ReadAllAsync<T>(
        RunId run, ReadPage<T> readPage, Func<T, long> sequenceOf, CancellationToken cancellationToken)
    {
        var all = new List<T>();
        while (true)
        {
            var page = await readPage(run, all.Count == 0 ? 0 : sequenceOf(all[^1]), PageSize, cancellationToken).ConfigureAwait(false);
            all.AddRange(page);
            if (page.Count < PageSize)
            {
                return all;
            }
        }
    }

    public static ValueTask<RunView?> LoadOneAsync(this IRunStore store, RunLookup lookup, CancellationToken cancellationToken)
    {
        var lookups = ArrayPool<RunLookup>.Shared.Rent(1);
        var views = ArrayPool<RunView?>.Shared.Rent(1);
        lookups[0] = lookup;
        var load = store.LoadAsync(lookups.AsMemory(0, 1), views.AsMemory(0, 1), cancellationToken);
        return load.IsCompletedSuccessfully ? new(Take(lookups, views)) : Finish(load, lookups, views);

        static async ValueTask<RunView?> Finish(ValueTask load, RunLookup[] lookups, RunView?[] views)
        {
            await load.ConfigureAwait(false);
            return Take(lookups, views);
        }

        static RunView? Take(RunLookup[] lookups, RunView?[] views)
        {
            var view = views[0];
            (lookups[0], views[0]) = (default, null);
            ArrayPool<RunLookup>.Shared.Return(lookups);
            ArrayPool<RunView?>.Shared.Return(views);
            return view;
        }
    }
}

/// <summary>Reads a page of what belongs to a run, from after a sequence.</summary>
internal delegate ValueTask<IReadOnlyList<T>> ReadPage<T>(RunId run, long after, int limit, CancellationToken cancellationToken);
