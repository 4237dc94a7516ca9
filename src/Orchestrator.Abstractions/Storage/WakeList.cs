namespace Orchestrator.Storage;

/// <summary>Who wants to hear of changes: what a store hands to its callers from <see cref="IRunStore.Subscribe"/>. Safe for concurrent use.</summary>
public sealed class WakeList
{
    private readonly Lock _gate = new();
    private volatile Subscription[] _subscriptions = [];

    /// <summary>Adds somebody.</summary>
    /// <param name="wake">Called on every change; it returns at once and does not throw.</param>
    /// <returns>Removes it when disposed of.</returns>
    public IDisposable Add(Action<RunId, RunState> wake)
    {
        ArgumentNullException.ThrowIfNull(wake);
        var subscription = new Subscription(this, wake);
        lock (_gate)
        {
            _subscriptions = [.. _subscriptions, subscription];
        }

        return subscription;
    }

    /// <summary>Calls everybody.</summary>
    /// <param name="run">What was changed; the default for the fleet.</param>
    /// <param name="state">Where the run is now; the default for the fleet.</param>
    public void Wake(RunId run, RunState state)
    {
        foreach (var subscription in _subscriptions)
        {
            subscription.Wake(run, state);
        }
    }

    private sealed class Subscription(WakeList list, Action<RunId, RunState> wake) : IDisposable
    {
        public Action<RunId, RunState> Wake { get; } = wake;

        public void Dispose()
        {
            lock (list._gate)
            {
                list._subscriptions = [.. list._subscriptions.Where(other => other != this)];
            }
        }
    }
}
