using System.Runtime.CompilerServices;
using Orchestrator.Client.Http;

namespace Orchestrator.Client.Events;

/// <summary>Follows events over connections that break: each goes on after the last position that the one before told.</summary>
internal sealed class EventFollower(ApiConnection connection, TimeSpan timeout, TimeProvider time)
{
    public async ValueTask<Result<EventReading>> SubscribeAsync(EventSubscription subscription, CancellationToken cancellationToken)
    {
        if (subscription.Run is { IsDefault: true })
        {
            return LocalRefusals.NoRun;
        }

        if (subscription.After is { } after && !(after.Length > 0 && ApiCall.CanSend(after)))
        {
            return LocalRefusals.NoPosition;
        }

        var opened = await OpenAsync(subscription, subscription.After, cancellationToken).ConfigureAwait(false);
        if (opened.TryGet(out var first, out var refusal))
        {
            return new EventReading(first.Start, ReadAsync(subscription, first, CancellationToken.None));
        }

        return refusal;
    }

    private async IAsyncEnumerable<EventMessage> ReadAsync(
        EventSubscription subscription, SseConnection first, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var position = first.Start;
        var retry = TimeSpan.Zero;
        for (var stream = first; stream is not null; stream = await ReopenAsync(subscription, position, retry, cancellationToken).ConfigureAwait(false))
        {
            using (stream)
            {
                while (await stream.NextAsync(cancellationToken).ConfigureAwait(false) is { } block)
                {
                    position = block.Id ?? position;
                    if (block.Data is not null && EventBody.Read(block.Data) is { } told)
                    {
                        yield return new EventMessage(told, block.Id);
                    }
                }

                retry = stream.Retry;
            }
        }
    }

    /// <returns>The stream from there on; <see langword="null"/> when the run is no longer kept.</returns>
    private async ValueTask<SseConnection?> ReopenAsync(
        EventSubscription subscription, string position, TimeSpan retry, CancellationToken cancellationToken)
    {
        for (var tries = 1; ; tries++)
        {
            // Also after a stream that ended well: a server that ends each at once must not be asked without a pause.
            await Task.Delay(retry + Backoff.After(tries), time, cancellationToken).ConfigureAwait(false);
            var opened = await OpenAsync(subscription, position, cancellationToken).ConfigureAwait(false);
            if (opened.TryGet(out var stream, out var refusal))
            {
                return stream;
            }

            switch (refusal.Code)
            {
                case RefusalCode.StoreUnavailable:
                    continue;
                case RefusalCode.RunNotFound:
                    return null;
                default:
                    throw new RefusedException(refusal);
            }
        }
    }

    private ValueTask<Result<SseConnection>> OpenAsync(EventSubscription subscription, string? after, CancellationToken cancellationToken)
    {
        var path = subscription.Run is { } run ? $"runs/{run}/events" : "events";
        var types = string.Join(',', subscription.Types.Select(type => WireText.Of(type, EventTypes.ToWireName)));
        var call = new ApiCall(HttpMethod.Get, types.Length == 0 ? path : $"{path}?types={types}")
        {
            Accept = SseConnection.MediaType,
            LastEventId = after,
            Timeout = timeout,
        };
        return connection.SendAsync(call, (response, end) => SseConnection.OpenAsync(response, time, end), cancellationToken);
    }
}
