using Microsoft.Extensions.Logging;
using Orchestrator.Core.Diagnostics;
using Orchestrator.Core.Storage;
using Orchestrator.Storage;

namespace Orchestrator.Core.Events;

/// <summary>
/// Carries the feed to one publisher, page by page, and notes in the store how far it came: after a crash it goes on there. Of all hosts the
/// one with the lease does so. It holds one page at a time, however far behind it is.
/// </summary>
internal sealed partial class PublisherPump(
    IEventPublisher publisher, string owner, IRunStore store, EventFeed feed, StoreClock clock, TimeProvider time, Telemetry telemetry, ILogger logger)
{
    private const int PageSize = 256;
    private const int MostFailures = 10;

    private static readonly TimeSpan LeaseTime = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan RenewalPeriod = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan ShortestPause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(60);

    private readonly string _key = PublisherLease.KeyOf(publisher.Name);

    // The lease as this host last saw it, with its term.
    private PublisherLease? _lease;
    private long _term;

    // Whether this host has said that it passes over events of a newer version.
    private bool _isPassingTold;

    // How often it failed in a row. The page is halved each time, so that a publisher for which a page is too much gets on.
    private int _failures;

    /// <summary>How long it may wait for a wake-up: the lease wants its renewal, and a store may lose hints.</summary>
    private TimeSpan Idle => store.Traits.LookAgain is { Ticks: > 0 } look && look < RenewalPeriod ? look : RenewalPeriod;

    private bool IsOwner => _lease is { } lease && lease.Owner == owner;

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var wake = new Subscription(run: null, wantsProgress: false);
        feed.Join(wake);
        try
        {
            while (!cancellationToken.IsCancellationRequested)
            {
                var pause = await TryStepAsync(cancellationToken).ConfigureAwait(false);
                _failures = pause is null ? Math.Min(_failures + 1, MostFailures) : 0;

                // What comes while another host has the lease is that one's: there is nothing to wake up for.
                await WaitAsync(wake, pause ?? PauseAfter(_failures), isWoken: pause is not null && IsOwner, cancellationToken).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The host stops.
        }
        finally
        {
            feed.Leave(wake);
            await ReleaseAsync().ConfigureAwait(false);
        }
    }

    /// <returns>How long to wait for more; <see langword="null"/> after a failure.</returns>
    private async ValueTask<TimeSpan?> TryStepAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await StepAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            throw;
        }
        catch (StoreUnavailableException)
        {
            telemetry.StoreFailed();
            return null;
        }
        catch (Exception fault)
        {
            // Whatever a publisher throws: it is tried again.
            telemetry.PublisherFailed(publisher.Name);
            LogFailed(fault, publisher.Name);
            return null;
        }
    }

    private async ValueTask<TimeSpan> StepAsync(CancellationToken cancellationToken)
    {
        var now = await clock.NowAsync(cancellationToken).ConfigureAwait(false);
        switch (await TryHoldAsync(now, cancellationToken).ConfigureAwait(false))
        {
            case Hold.NotFree:
                return UntilFree(now);
            case Hold.Unreadable:
                LogUnreadable(publisher.Name, _key);
                return LongestPause;
        }

        var page = await ReadAsync(_lease!.Position, Math.Max(1, PageSize >> _failures), cancellationToken).ConfigureAwait(false);
        if (page.Items.Count > 0)
        {
            await PublishAsync(page, now, cancellationToken).ConfigureAwait(false);
        }

        return page.Items.Count == 0 ? Idle : TimeSpan.Zero;
    }

    private async ValueTask PublishAsync(FeedPage page, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var known = page.Items.Select(item => item.Event).Where(told => told.IsKnown).ToList();
        if (known.Count < page.Items.Count && !_isPassingTold)
        {
            _isPassingTold = true;
            LogPassingOver(publisher.Name);
        }

        if (known.Count > 0)
        {
            // A publisher that takes longer than the lease goes on alone: another host has taken over.
            using var leased = new CancellationTokenSource(_lease!.Until - now, time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, leased.Token);
            await publisher.PublishAsync(known, either.Token).ConfigureAwait(false);
        }

        now = await clock.NowAsync(CancellationToken.None).ConfigureAwait(false);
        if (await WriteAsync(_lease! with { Position = page.Next, Until = now + LeaseTime }).ConfigureAwait(false))
        {
            telemetry.Published(publisher.Name, now - page.Items[^1].Event.Time);
        }
    }

    /// <summary>The next page; what was dropped before it was published is passed over.</summary>
    private async ValueTask<FeedPage> ReadAsync(string after, int limit, CancellationToken cancellationToken)
    {
        try
        {
            return await store.ReadFeedAsync(after, limit, cancellationToken).ConfigureAwait(false);
        }
        catch (FeedExpiredException expired)
        {
            LogFellBehind(publisher.Name);
            return await store.ReadFeedAsync(expired.Left, limit, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>
    /// Takes or keeps the lease. A lease whose note or position this version cannot read is left to a host that can: a newer one wrote it, and to begin anew
    /// would publish everything again.
    /// </summary>
    private async ValueTask<Hold> TryHoldAsync(DateTimeOffset now, CancellationToken cancellationToken)
    {
        if (_lease is { } held && IsOwner && now < held.Until - LeaseTime + RenewalPeriod)
        {
            return Hold.Held;
        }

        var wasOwner = IsOwner;
        var note = await store.ReadNoteAsync(_key, cancellationToken).ConfigureAwait(false);
        _lease = null;
        _term = note?.Version ?? 0;
        if (note is null)
        {
            return await WriteAsync(new PublisherLease(EventSubscription.Start, owner, now + LeaseTime)).ConfigureAwait(false) ? Hold.Held : Hold.NotFree;
        }

        if (!PublisherLease.TryRead(note.Value, out var lease))
        {
            return Hold.Unreadable;
        }

        _lease = lease;
        if (!lease.IsFreeFor(owner, now))
        {
            return Hold.NotFree;
        }

        if (!(wasOwner && IsOwner) && !await CanReadAsync(lease.Position, cancellationToken).ConfigureAwait(false))
        {
            _lease = null;
            return Hold.Unreadable;
        }

        return await WriteAsync(lease with { Owner = owner, Until = now + LeaseTime }).ConfigureAwait(false) ? Hold.Held : Hold.NotFree;
    }

    private async ValueTask<bool> CanReadAsync(string position, CancellationToken cancellationToken)
    {
        try
        {
            await store.ReadFeedAsync(position, 1, cancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (FeedExpiredException)
        {
            return true;
        }
        catch (FormatException)
        {
            return false;
        }
    }

    private async ValueTask<bool> WriteAsync(PublisherLease lease)
    {
        var isWritten = await store.TryWriteNoteAsync(_key, lease.Write(), _term, told: null).ConfigureAwait(false);
        _term++;
        _lease = isWritten ? lease : null;
        return isWritten;
    }

    /// <summary>Lets another host go on when it next looks, before the lease would run out.</summary>
    private async ValueTask ReleaseAsync()
    {
        if (_lease is not { } lease || !IsOwner)
        {
            return;
        }

        try
        {
            await WriteAsync(lease with { Until = DateTimeOffset.MinValue }).ConfigureAwait(false);
        }
        catch (StoreUnavailableException)
        {
            // The lease runs out by itself.
            telemetry.StoreFailed();
        }
    }

    private async ValueTask WaitAsync(Subscription wake, TimeSpan longest, bool isWoken, CancellationToken cancellationToken)
    {
        if (longest == TimeSpan.Zero)
        {
            return;
        }

        using var alarm = new CancellationTokenSource(longest, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, alarm.Token);
        try
        {
            await (isWoken ? wake.WaitAsync(either.Token).AsTask() : Task.Delay(Timeout.InfiniteTimeSpan, time, either.Token)).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // Time to look again.
        }
    }

    /// <summary>How long to leave a lease alone that another host has, or has just taken: it may also be given back before its time.</summary>
    private TimeSpan UntilFree(DateTimeOffset now)
    {
        var left = _lease?.Until - now ?? TimeSpan.Zero;
        return left > RenewalPeriod ? RenewalPeriod : left > ShortestPause ? left : ShortestPause;
    }

    private static TimeSpan PauseAfter(int failures)
    {
        var pause = ShortestPause * Math.Pow(2, failures - 1);
        return pause < LongestPause ? pause : LongestPause;
    }

    /// <summary>What became of an attempt to take the lease.</summary>
    private enum Hold
    {
        /// <summary>This host has it.</summary>
        Held,

        /// <summary>Another host has it.</summary>
        NotFree,

        /// <summary>This version cannot read where the publisher stands.</summary>
        Unreadable,
    }

    [LoggerMessage(400, LogLevel.Warning, "Publisher {Publisher} failed; it is tried again.", EventName = "PublisherFailed")]
    private partial void LogFailed(Exception fault, string publisher);

    [LoggerMessage(401, LogLevel.Error, "Publisher {Publisher} fell behind what is kept: it goes on with the oldest event that is left.", EventName = "PublisherFellBehind")]
    private partial void LogFellBehind(string publisher);

    [LoggerMessage(
        403,
        LogLevel.Warning,
        "Publisher {Publisher} waits: this version cannot read its position, which a newer host wrote. Run a host of the newer version, or delete the note {Note} to publish all events that are kept again.",
        EventName = "PublisherPositionUnreadable")]
    private partial void LogUnreadable(string publisher, string note);

    [LoggerMessage(
        404,
        LogLevel.Warning,
        "Publisher {Publisher} passes over events of a newer version that this one does not know; this is logged once.",
        EventName = "EventsPassedOver")]
    private partial void LogPassingOver(string publisher);
}
