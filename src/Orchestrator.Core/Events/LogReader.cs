using System.Globalization;
using Orchestrator.Core.Storage;
using Orchestrator.Storage;

namespace Orchestrator.Core.Events;

/// <summary>One reader's place in a log of durable events. Not safe for concurrent use.</summary>
internal abstract class LogReader
{
    /// <summary>The place, once it is taken.</summary>
    public abstract string Position { get; }

    /// <summary>Takes the place from which to read on.</summary>
    /// <param name="after">See <see cref="EventSubscription.After"/>.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <returns>Why that is refused; <see langword="null"/> when it is not.</returns>
    /// <exception cref="FormatException">It is no position of this version's.</exception>
    /// <exception cref="OverflowException">Likewise.</exception>
    /// <exception cref="FeedExpiredException">It lies before what is kept.</exception>
    public abstract ValueTask<Refusal?> OpenAsync(string? after, CancellationToken cancellationToken);

    /// <summary>The next events, also those that are not known, and moves on behind them.</summary>
    /// <exception cref="FeedExpiredException">Some of them were dropped before they were read.</exception>
    public abstract ValueTask<IReadOnlyList<EventMessage>> NextAsync(int limit, CancellationToken cancellationToken);
}

/// <summary>Reads the feed of all runs and of the fleet.</summary>
internal sealed class FeedReader(IRunStore store) : LogReader
{
    private string _position = EventSubscription.Start;

    public override string Position => _position;

    public override async ValueTask<Refusal?> OpenAsync(string? after, CancellationToken cancellationToken)
    {
        // Of a place that is given, the read says whether it can be read from.
        var page = await store.ReadFeedAsync(after, 1, cancellationToken).ConfigureAwait(false);
        _position = after ?? page.Next;
        return null;
    }

    public override async ValueTask<IReadOnlyList<EventMessage>> NextAsync(int limit, CancellationToken cancellationToken)
    {
        var page = await store.ReadFeedAsync(_position, limit, cancellationToken).ConfigureAwait(false);
        _position = page.Next;
        return [.. page.Items.Select(item => new EventMessage(item.Event, item.Position))];
    }
}

/// <summary>
/// Reads the events of one run. A position is the sequence of the last event and its time in microseconds, which tells it from the event that has the sequence in
/// another history: a restored store, or another run under the id. A sequence alone is a position too. Each read begins at the last event that was read: where another event has its
/// sequence, or none, the run was dropped, and maybe created again under its id, and the reading is over.
/// </summary>
internal sealed class RunEventReader(IRunStore store, RunId run) : LogReader
{
    private long _sequence;
    private DateTimeOffset _lastTime;

    public override string Position => Write(_sequence, _lastTime);

    public override async ValueTask<Refusal?> OpenAsync(string? after, CancellationToken cancellationToken)
    {
        var view = await store.LoadOneAsync(new RunLookup(run), cancellationToken).ConfigureAwait(false);
        if (view is null)
        {
            return Refusals.RunNotFound(run);
        }

        var asked = after?.Split('.', 2);
        _sequence = asked is null ? view.Head.Events : long.Parse(asked[0], NumberStyles.None, CultureInfo.InvariantCulture);
        long? mark = asked is [_, var marked] ? long.Parse(marked, NumberStyles.None, CultureInfo.InvariantCulture) : null;
        if (_sequence > view.Head.Events)
        {
            return Refusals.CursorExpired();
        }

        if (_sequence > 0)
        {
            var last = await store.ReadEventsAsync(run, _sequence - 1, 1, cancellationToken).ConfigureAwait(false);
            if (last is not [{ } read] || read.Sequence != _sequence)
            {
                return Refusals.CursorExpired();
            }

            if (mark is not null && mark != MarkOf(read.Time))
            {
                return Refusals.CursorExpired();
            }

            _lastTime = read.Time;
        }

        return null;
    }

    public override async ValueTask<IReadOnlyList<EventMessage>> NextAsync(int limit, CancellationToken cancellationToken)
    {
        IEnumerable<RunEvent> events;
        if (_sequence == 0)
        {
            events = await store.ReadEventsAsync(run, 0, limit, cancellationToken).ConfigureAwait(false);
        }
        else
        {
            var fromLast = await store.ReadEventsAsync(run, _sequence - 1, limit + 1, cancellationToken).ConfigureAwait(false);
            if (fromLast.Count == 0 || fromLast[0].Sequence != _sequence || fromLast[0].Time != _lastTime)
            {
                throw new FeedExpiredException("The run was dropped, or its store lost events.");
            }

            events = fromLast.Skip(1);
        }

        var messages = events.Select(read => new EventMessage(read, Write(read.Sequence, read.Time))).ToList();
        if (messages.Count > 0)
        {
            (_sequence, _lastTime) = (messages[^1].Event.Sequence, messages[^1].Event.Time);
        }

        return messages;
    }

    private static string Write(long sequence, DateTimeOffset time) =>
        sequence == 0 ? EventSubscription.Start : string.Create(CultureInfo.InvariantCulture, $"{sequence}.{MarkOf(time)}");

    private static long MarkOf(DateTimeOffset time) => (time - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;
}
