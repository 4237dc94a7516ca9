using System.Collections.Concurrent;

namespace Orchestrator.Core.Storage;

/// <summary>
/// Where callers park until something that they wait for may have happened. Of all that wait for one key on this host, one at a
/// time looks; the others wait for their turn. A parked caller holds no thread.
/// </summary>
/// <typeparam name="TKey">What is waited for.</typeparam>
internal sealed class Gates<TKey>(TimeProvider time, StopSignal stop)
    where TKey : notnull
{
    // Longer than any caller waits, and not longer than a timer can.
    private static readonly TimeSpan LongestSleep = TimeSpan.FromDays(1);

    private static readonly Action<object?> Cancel = static source => ((CancellationTokenSource)source!).Cancel();

    private readonly ConcurrentDictionary<TKey, Gate> _gates = new();

    /// <summary>How many callers are parked or looking.</summary>
    public int Count => _gates.Values.Sum(gate => gate.Users);

    /// <summary>Lets whoever waits for the key look again.</summary>
    public void Wake(TKey key)
    {
        if (_gates.TryGetValue(key, out var gate))
        {
            gate.Signal();
        }
    }

    /// <summary>Whether no caller is parked or looking.</summary>
    public bool IsEmpty => _gates.IsEmpty;

    /// <summary>Lets those look again whose key matches.</summary>
    public void Wake(Func<TKey, bool> matches)
    {
        foreach (var (key, gate) in _gates)
        {
            if (matches(key))
            {
                gate.Signal();
            }
        }
    }

    /// <summary>Lets everybody look again.</summary>
    public void WakeAll()
    {
        foreach (var gate in _gates.Values)
        {
            gate.Signal();
        }
    }

    /// <summary>Looks again and again until a look finds something, the wait is over or the host stops.</summary>
    /// <param name="key">What to wait for.</param>
    /// <param name="wait">How long to wait at most.</param>
    /// <param name="look">Looks once. It runs while no other caller of this host looks for the key.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>What was found; <see langword="null"/> when the wait is over or the host stops.</returns>
    /// <exception cref="OperationCanceledException">The caller gave up.</exception>
    public async ValueTask<T?> WaitForAsync<T>(
        TKey key, TimeSpan wait, Func<CancellationToken, ValueTask<Look<T>>> look, CancellationToken cancellationToken)
        where T : struct
    {
        // Thousands wait at once: one source for the three ends that a wait can have, not one for each.
        using var end = new CancellationTokenSource(wait, time);
        using var caller = cancellationToken.UnsafeRegister(Cancel, end);
        using var host = stop.Token.UnsafeRegister(Cancel, end);
        var gate = Enter(key);
        try
        {
            return await LookInTurnAsync(gate, look, end.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (end.IsCancellationRequested)
        {
            cancellationToken.ThrowIfCancellationRequested();
            return null;
        }
        finally
        {
            Leave(key, gate);
        }
    }

    private async ValueTask<T?> LookInTurnAsync<T>(Gate gate, Func<CancellationToken, ValueTask<Look<T>>> look, CancellationToken end)
        where T : struct
    {
        await gate.Turn.WaitAsync(end).ConfigureAwait(false);
        try
        {
            while (true)
            {
                gate.Clear();
                var seen = await look(end).ConfigureAwait(false);
                if (seen.Found is { } found)
                {
                    return found;
                }

                await gate.Signalled.WaitAsync(Sleep(seen.LookAgainIn), time, end).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                if (end.IsCancellationRequested)
                {
                    // Whoever ends the wait is not to go on with what the callers do then.
                    await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
                    end.ThrowIfCancellationRequested();
                }
            }
        }
        finally
        {
            gate.Turn.Release();
        }
    }

    /// <summary>How long to wait for a signal: in whole milliseconds, as a task can wait, rounded up, so that the moment has come when it is over.</summary>
    private static TimeSpan Sleep(TimeSpan atMost) => atMost == Timeout.InfiniteTimeSpan || atMost > LongestSleep
        ? Timeout.InfiniteTimeSpan
        : TimeSpan.FromMilliseconds(Math.Ceiling(Math.Max(0, atMost.TotalMilliseconds)));

    private Gate Enter(TKey key)
    {
        while (true)
        {
            var gate = _gates.GetOrAdd(key, static _ => new Gate());
            if (gate.TryEnter())
            {
                return gate;
            }
        }
    }

    private void Leave(TKey key, Gate gate)
    {
        if (gate.Leave())
        {
            _gates.TryRemove(KeyValuePair.Create(key, gate));
        }
    }

    private sealed class Gate
    {
        private TaskCompletionSource _signal = NewSignal();
        private int _users;

        public SemaphoreSlim Turn { get; } = new(1, 1);

        public int Users => Math.Max(0, Volatile.Read(ref _users));

        /// <summary>Counts one user more, unless the last one has left: then the gate is closed for good.</summary>
        public bool TryEnter()
        {
            var users = Volatile.Read(ref _users);
            while (users >= 0)
            {
                var seen = Interlocked.CompareExchange(ref _users, users + 1, users);
                if (seen == users)
                {
                    return true;
                }

                users = seen;
            }

            return false;
        }

        /// <summary>Counts one user less.</summary>
        /// <returns>Whether that was the last one.</returns>
        public bool Leave() =>
            Interlocked.Decrement(ref _users) == 0 && Interlocked.CompareExchange(ref _users, int.MinValue, 0) == 0;

        public void Signal() => Volatile.Read(ref _signal).TrySetResult();

        /// <summary>Takes back the signals so far. For whoever looks next: what a signal told of before this, that look sees.</summary>
        public void Clear()
        {
            if (_signal.Task.IsCompleted)
            {
                Volatile.Write(ref _signal, NewSignal());
            }
        }

        public Task Signalled => _signal.Task;

        private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}

/// <summary>What a look found, and how long the next look can wait when it found nothing.</summary>
/// <typeparam name="T">What is looked for.</typeparam>
/// <param name="Found">What was found; <see langword="null"/> for nothing.</param>
/// <param name="LookAgainIn">The longest wait for a signal; <see cref="Timeout.InfiniteTimeSpan"/> for any.</param>
internal readonly record struct Look<T>(T? Found, TimeSpan LookAgainIn)
    where T : struct;
