using System.Runtime.CompilerServices;
using Orchestrator.Core.Diagnostics;
using Orchestrator.Core.Storage;
using Orchestrator.Core.Validation;
using Orchestrator.Storage;

namespace Orchestrator.Core.Events;

/// <summary>
/// Lets readers follow the events of the store's log. Each reads the log at its own pace and is woken when there is more: a slow
/// reader holds up nobody, and a wake-up that was lost costs time, never an event.
/// </summary>
internal sealed class EventFeed(IRunStore store, Telemetry telemetry, TimeProvider time, StopSignal stop)
{
    private const int PageSize = 256;

    // How often the reader of one run looks whether another host took heartbeats of it, and whether the run is still kept.
    private static readonly TimeSpan SamplingPeriod = TimeSpan.FromSeconds(5);

    // How long a reader waits after the store did not answer.
    private static readonly TimeSpan OutagePause = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();
    private volatile Subscription[] _subscriptions = [];

    /// <summary>How many readers there are.</summary>
    public int Count => _subscriptions.Length;

    /// <summary>Wakes a reader from now on.</summary>
    public void Join(Subscription subscription)
    {
        lock (_gate)
        {
            _subscriptions = [.. _subscriptions, subscription];
        }
    }

    /// <summary>Wakes a reader no longer.</summary>
    public void Leave(Subscription subscription)
    {
        lock (_gate)
        {
            _subscriptions = [.. _subscriptions.Where(other => other != subscription)];
        }
    }

    /// <summary>Something was committed.</summary>
    /// <param name="run">Of which run; the default for the fleet.</param>
    public void Wake(RunId run)
    {
        foreach (var subscription in _subscriptions)
        {
            subscription.Wake(run);
        }
    }

    /// <summary>A heartbeat was accepted by this host.</summary>
    public void Progress(Run run)
    {
        if (_subscriptions is { Length: > 0 } subscriptions)
        {
            var told = Tell(run);
            foreach (var subscription in subscriptions)
            {
                subscription.Offer(told);
            }
        }
    }

    public async ValueTask<Result<EventReading>> SubscribeAsync(EventSubscription request, CancellationToken cancellationToken)
    {
        if (CheckTypes(request) is { } invalid)
        {
            return invalid;
        }

        if (request.Run is { IsDefault: true })
        {
            return Refusals.RunNotFound(default);
        }

        LogReader reader = request.Run is { } run ? new RunEventReader(store, run) : new FeedReader(store);
        try
        {
            return await reader.OpenAsync(request.After, cancellationToken).ConfigureAwait(false) is { } refusal
                ? refusal
                : new EventReading(reader.Position, ReadAsync(reader, request, CancellationToken.None));
        }
        catch (Exception fault) when (fault is FeedExpiredException or FormatException or OverflowException)
        {
            // A newer version may have written the position: a reader that comes with it begins anew, as after one that is no longer kept.
            return Refusals.CursorExpired();
        }
        catch (StoreUnavailableException fault)
        {
            telemetry.StoreUnavailable();
            return Refusals.StoreUnavailable(fault);
        }
    }

    private static Refusal? CheckTypes(EventSubscription request)
    {
        var faults = new Faults();
        faults.Require(request.Types?.All(Enum.IsDefined) == true, "types", "must be types of events");
        return faults.ToRefusal();
    }

    private async IAsyncEnumerable<EventMessage> ReadAsync(
        LogReader reader, EventSubscription request, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var types = request.Types.Count == 0 ? null : request.Types.ToHashSet();
        var subscription = new Subscription(request.Run, wantsProgress: types is null || types.Contains(EventType.RunProgress));
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, stop.Token);
        Join(subscription);
        try
        {
            while (await NextAsync(reader, end.Token).ConfigureAwait(false) is { } page)
            {
                foreach (var message in page)
                {
                    if (message.Event.IsKnown && (types is null || types.Contains(message.Event.Type)))
                    {
                        yield return message;
                    }
                }

                for (var unread = subscription.Unread; unread > 0 && subscription.TryTake(out var progress); unread--)
                {
                    yield return new EventMessage(progress, null);
                }

                if (page.Count < PageSize && !await WaitAsync(subscription, request.Run, end.Token).ConfigureAwait(false))
                {
                    break;
                }
            }
        }
        finally
        {
            Leave(subscription);
        }

        cancellationToken.ThrowIfCancellationRequested();
    }

    /// <returns>The next page, empty for none yet; <see langword="null"/> when the reading is over.</returns>
    private async ValueTask<IReadOnlyList<EventMessage>?> NextAsync(LogReader reader, CancellationToken end)
    {
        try
        {
            while (true)
            {
                try
                {
                    return await reader.NextAsync(PageSize, end).ConfigureAwait(false);
                }
                catch (StoreUnavailableException)
                {
                    telemetry.StoreFailed();
                    await Task.Delay(OutagePause, time, end).ConfigureAwait(false);
                }
            }
        }
        catch (OperationCanceledException) when (end.IsCancellationRequested)
        {
            return null;
        }
        catch (FeedExpiredException)
        {
            return null;
        }
    }

    /// <returns>Whether to read on; not when the reading is over.</returns>
    private async ValueTask<bool> WaitAsync(Subscription subscription, RunId? run, CancellationToken end)
    {
        var longest = run is null ? store.Traits.LookAgain : SamplingPeriod;
        using var alarm = longest == Timeout.InfiniteTimeSpan ? null : new CancellationTokenSource(longest, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(end, alarm?.Token ?? CancellationToken.None);
        try
        {
            await subscription.WaitAsync(either.Token).ConfigureAwait(false);
            return true;
        }
        catch (OperationCanceledException)
        {
            return !end.IsCancellationRequested && (run is not { } one || await SampleAsync(subscription, one, end).ConfigureAwait(false));
        }
    }

    /// <summary>Offers the progress of a run whose heartbeats another host may take.</summary>
    /// <returns>Whether the run is still kept.</returns>
    private async ValueTask<bool> SampleAsync(Subscription subscription, RunId run, CancellationToken end)
    {
        try
        {
            if (await store.LoadOneAsync(new RunLookup(run), end).ConfigureAwait(false) is not { } view)
            {
                return false;
            }

            subscription.Offer(Tell(new Run(view.Head, view.Progress)));
            return true;
        }
        catch (OperationCanceledException) when (end.IsCancellationRequested)
        {
            return false;
        }
        catch (StoreUnavailableException)
        {
            telemetry.StoreFailed();
            return true;
        }
    }

    private static RunEvent Tell(Run run) => new(0, EventType.RunProgress, run.LastHeartbeatAt ?? run.UpdatedAt, run.Id, run.Attempt, new ProgressData(run));
}
