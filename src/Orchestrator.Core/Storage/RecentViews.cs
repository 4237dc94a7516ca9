using System.Collections.Concurrent;
using Orchestrator.Storage;

namespace Orchestrator.Core.Storage;

/// <summary>
/// Runs as this host last saw them, so that a heartbeat need not read its run first: the commit says whether it still stands so. Bounded: what is not
/// asked for is forgotten.
/// </summary>
/// <param name="capacity">How many runs are kept at least; at most twice as many.</param>
internal sealed class RecentViews(int capacity)
{
    private readonly Lock _gate = new();
    private volatile ConcurrentDictionary<RunId, RunView> _young = new();
    private volatile ConcurrentDictionary<RunId, RunView> _old = new();
    private int _added;

    public RunView? Find(RunId run) => _young.TryGetValue(run, out var view) || _old.TryGetValue(run, out view) ? view : null;

    public void Keep(RunView view)
    {
        var young = _young;
        if (young.TryAdd(view.Head.Id, view))
        {
            if (Interlocked.Increment(ref _added) >= capacity)
            {
                Turn(young);
            }
        }
        else
        {
            young[view.Head.Id] = view;
        }
    }

    public void Forget(RunId run)
    {
        _young.TryRemove(run, out _);
        _old.TryRemove(run, out _);
    }

    private void Turn(ConcurrentDictionary<RunId, RunView> full)
    {
        lock (_gate)
        {
            if (_young == full)
            {
                (_old, _young, _added) = (full, new ConcurrentDictionary<RunId, RunView>(), 0);
            }
        }
    }
}
