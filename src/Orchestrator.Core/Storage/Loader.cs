using System.Collections.Concurrent;
using Orchestrator.Storage;

namespace Orchestrator.Core.Storage;

/// <summary>
/// Reads runs one by one. From a store that takes batches it reads whatever waits at once, so that many callers share one round trip; it never waits
/// for more.
/// </summary>
internal sealed class Loader(IRunStore store)
{
    private readonly int _maxBatch = store.Traits.MaxBatch;
    private readonly ConcurrentQueue<Waiter> _queue = new();

    // How many wait or are read. Whoever makes it one starts the reading, which goes on until it is none.
    private int _waiting;

    /// <inheritdoc cref="IRunStore.LoadAsync"/>
    public ValueTask<RunView?> LoadAsync(RunLookup lookup, CancellationToken cancellationToken)
    {
        if (_maxBatch == 1)
        {
            return store.LoadOneAsync(lookup, cancellationToken);
        }

        cancellationToken.ThrowIfCancellationRequested();
        var waiter = new Waiter(lookup);
        _queue.Enqueue(waiter);
        if (Interlocked.Increment(ref _waiting) == 1)
        {
            _ = ReadAsync();
        }

        return new(cancellationToken.CanBeCanceled ? waiter.Task.WaitAsync(cancellationToken) : waiter.Task);
    }

    private async Task ReadAsync()
    {
        var batch = new List<Waiter>();
        do
        {
            batch.Clear();
            while (batch.Count < _maxBatch && _queue.TryDequeue(out var waiter))
            {
                batch.Add(waiter);
            }

            await ReadAsync(batch).ConfigureAwait(false);
        }
        while (Interlocked.Add(ref _waiting, -batch.Count) > 0);
    }

    private async Task ReadAsync(List<Waiter> batch)
    {
        var views = new RunView?[batch.Count];
        try
        {
            await store.LoadAsync(batch.Select(waiter => waiter.Lookup).ToArray(), views, CancellationToken.None).ConfigureAwait(false);
        }
        catch (Exception fault) when (fault is StoreUnavailableException { IsTransient: true } || batch.Count == 1)
        {
            batch.ForEach(waiter => waiter.SetException(fault));
            return;
        }
        catch (Exception)
        {
            // One that cannot be read must not fail its neighbours.
            foreach (var waiter in batch)
            {
                await ReadAsync([waiter]).ConfigureAwait(false);
            }

            return;
        }

        for (var i = 0; i < views.Length; i++)
        {
            batch[i].SetResult(views[i]);
        }
    }

    private sealed class Waiter(RunLookup lookup) : TaskCompletionSource<RunView?>(TaskCreationOptions.RunContinuationsAsynchronously)
    {
        public RunLookup Lookup { get; } = lookup;
    }
}
