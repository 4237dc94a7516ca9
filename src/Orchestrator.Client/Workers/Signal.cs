using System.Threading.Channels;

namespace Orchestrator.Client.Workers;

/// <summary>Wakes one waiter. When nobody waits, the next one does not wait at all.</summary>
internal sealed class Signal
{
    // Longer than anybody waits, and not longer than a timer can.
    private static readonly TimeSpan LongestWait = TimeSpan.FromDays(1);

    private readonly Channel<bool> _signals = Channel.CreateBounded<bool>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite, SingleReader = true });

    public void Set() => _signals.Writer.TryWrite(true);

    public async ValueTask WaitAsync(CancellationToken cancellationToken) =>
        await _signals.Reader.ReadAsync(cancellationToken).ConfigureAwait(false);

    /// <summary>Waits for the signal, at most so long.</summary>
    public async ValueTask WaitAsync(TimeSpan atMost, TimeProvider time, CancellationToken cancellationToken)
    {
        using var alarm = new CancellationTokenSource(atMost < LongestWait ? atMost : LongestWait, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(alarm.Token, cancellationToken);
        try
        {
            await WaitAsync(either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // The time is up.
        }
    }
}
