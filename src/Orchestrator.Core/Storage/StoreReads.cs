using System.Buffers;
using Orchestrator.Storage;

namespace Orchestrator.Core.Storage;

/// <summary>Single reads, for a port that reads many at once.</summary>
internal static class StoreReads
{
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
