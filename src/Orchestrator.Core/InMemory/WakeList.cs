namespace Orchestrator.Core.InMemory;

/// <summary>Who wants to hear of changes.</summary>
internal sealed class WakeList
{
    private readonly Lock _gate = new();
    private volatile Subscription[] _subscriptions = [];

    public IDisposable Add(Action<RunId, RunState> wake)
    {
        var subscription = new Subscription(this, wake);
        lock (_gate)
        {
            _subscriptions = [.. _subscriptions, subscription];
        }

        return subscription;
    }

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
