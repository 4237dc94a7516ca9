using System.Collections.Concurrent;
using Orchestrator.Core.Diagnostics;
using Orchestrator.Core.Storage;
using Orchestrator.Storage;

namespace Orchestrator.Core.Runs;

/// <summary>
/// Wakes the parked claims that could take a run which was queued, and no other: it reads the run once for all of them. The store's hint that a run
/// was queued carries no labels.
/// </summary>
internal sealed class QueueWatch(IRunStore store, Gates<ClaimKey> claims, Telemetry telemetry, StopSignal stop)
{
    private const int MaxBatch = 64;

    private readonly ConcurrentQueue<RunId> _queued = new();
    private int _isReading;

    /// <summary>A run was queued. Returns at once.</summary>
    public void OnQueued(RunId run)
    {
        // A claim that parks from now on reads the queue first, and finds the run there.
        if (claims.IsEmpty)
        {
            return;
        }

        _queued.Enqueue(run);
        if (Interlocked.CompareExchange(ref _isReading, 1, 0) == 0)
        {
            _ = Task.Run(ReadAsync);
        }
    }

    private async Task ReadAsync()
    {
        while (true)
        {
            await WakeClaimsAsync().ConfigureAwait(false);
            Volatile.Write(ref _isReading, 0);
            if (_queued.IsEmpty || Interlocked.CompareExchange(ref _isReading, 1, 0) != 0)
            {
                return;
            }
        }
    }

    private async Task WakeClaimsAsync()
    {
        var size = Math.Clamp(store.Traits.MaxBatch, 1, MaxBatch);
        var (lookups, views) = (new RunLookup[size], new RunView?[size]);
        while (Take(lookups) is var count && count > 0)
        {
            try
            {
                await store.LoadAsync(lookups.AsMemory(0, count), views.AsMemory(0, count), stop.Token).ConfigureAwait(false);
            }
            catch (StoreUnavailableException)
            {
                // Each claim finds the outage by itself, and looks again when it is over.
                telemetry.StoreFailed();
                claims.WakeAll();
                continue;
            }
            catch (OperationCanceledException) when (stop.Token.IsCancellationRequested)
            {
                // The host stops, and with it every wait.
                return;
            }

            foreach (var view in views.AsSpan(0, count))
            {
                if (view is { Head: { State: RunState.Queued } head })
                {
                    claims.Wake(key => key.Filter.Passes(head));
                }
            }
        }
    }

    private int Take(Span<RunLookup> lookups)
    {
        var count = 0;
        while (count < lookups.Length && _queued.TryDequeue(out var run))
        {
            lookups[count++] = new RunLookup(run);
        }

        return count;
    }
}
