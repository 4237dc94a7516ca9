using System.Diagnostics.CodeAnalysis;
using System.Threading.Channels;

namespace Orchestrator.Samples.Quickstart.Worker;

/// <summary>Fetches commands by long poll, beside the training, and hands them to it in their order.</summary>
public sealed class CommandInbox(WorkerApi api, WorkerOptions options, StopSign stop, TimeProvider time)
{
    private readonly Channel<Order> _orders = Channel.CreateUnbounded<Order>();
    private readonly Backoff _backoff = options.NewBackoff();

    /// <summary>Polls until the token ends or the control plane says to stop.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        while (await PollAsync(cancellationToken) is { } wait)
        {
            await Task.Delay(wait, time, cancellationToken);
        }
    }

    /// <summary>Polls once.</summary>
    /// <returns>How long to wait before the next poll; <see langword="null"/> when there must be none.</returns>
    public async Task<TimeSpan?> PollAsync(CancellationToken cancellationToken)
    {
        var began = time.GetTimestamp();
        var answer = await api.NextCommandAsync(options.PollWait, cancellationToken);
        switch (answer.Verdict)
        {
            case Verdict.Accepted:
                _backoff.Reset();
                if (answer.Body is { } command)
                {
                    _orders.Writer.TryWrite(Order.From(command));
                    return TimeSpan.Zero;
                }

                // A host that is going down ends polls at once.
                return time.GetElapsedTime(began) < options.RetryDelay ? options.RetryDelay : TimeSpan.Zero;
            case Verdict.Stop:
                stop.Raise(answer);
                return null;
            default:
                return _backoff.After(answer);
        }
    }

    /// <summary>Takes the next command, if there is one.</summary>
    public bool TryTake([NotNullWhen(true)] out Order? order) => _orders.Reader.TryRead(out order);

    /// <summary>Waits until there is a command to take, or the control plane says to stop.</summary>
    public async Task WaitAsync(CancellationToken cancellationToken)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var arrived = _orders.Reader.WaitToReadAsync(ended.Token).AsTask();
        await Task.WhenAny(arrived, stop.Raised);
        await ended.CancelAsync();
        cancellationToken.ThrowIfCancellationRequested();
    }
}
