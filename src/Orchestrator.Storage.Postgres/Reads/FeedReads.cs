using Orchestrator.Storage.Postgres.Connections;
using Orchestrator.Storage.Postgres.Rows;
using Orchestrator.Storage.Postgres.Tables;

namespace Orchestrator.Storage.Postgres.Reads;

/// <summary>Reads the feed.</summary>
internal sealed class FeedReads(Database database, StoreTables tables)
{
    private readonly string _sql = $"""
        SELECT s.position, s.drops, s.is_behind, s.is_dropped, l.run_id, l.sequence, l.time, b.run_id, b.sequence, b.time, e.position, {tables.Events.Select("e")}
        FROM (SELECT h.position, h.drops,
                EXISTS (SELECT FROM {tables.Schema}.feed_drops AS d WHERE d.drop_number > $2 AND d.up_to > $1) AS is_behind,
                EXISTS (SELECT FROM {tables.Schema}.feed_drops AS d WHERE d.drop_number > $2 AND d.up_to >= $1) AS is_dropped
            FROM {tables.Schema}.feed_head AS h) AS s
        LEFT JOIN {tables.Events.Name} AS l ON l.position = s.position
        LEFT JOIN {tables.Events.Name} AS b ON b.position = $1
        LEFT JOIN LATERAL (SELECT * FROM {tables.Events.Name} WHERE position > $1 ORDER BY position LIMIT $3) AS e ON true
        ORDER BY e.position
        """;

    /// <inheritdoc cref="IRunStore.ReadFeedAsync"/>
    public ValueTask<FeedPage> ReadAsync(string? after, int limit, CancellationToken cancellationToken)
    {
        var begin = after switch
        {
            null => FeedPosition.End,
            EventSubscription.Start => FeedPosition.Start,
            _ => FeedPosition.Parse(after),
        };
        return database.ReadAsync(
            _sql,
            [Parameter.Of(begin.Position), Parameter.Of(begin.Drops), Parameter.Of(after is null ? 0L : limit)],
            async (reader, token) =>
            {
                var items = new List<FeedItem>();
                var next = begin;
                while (await reader.ReadAsync(token).ConfigureAwait(false))
                {
                    var row = new RowReader(reader);
                    var (end, drops, isBehind, isDropped) = (row.Number(), row.Number(), row.Flag(), row.Flag());
                    var (last, before) = (EventName.Read(ref row), EventName.Read(ref row));
                    if (items.Count == 0)
                    {
                        // Each row says the same of the feed.
                        next = new FeedPosition(end, drops, last?.Mark);
                        ThrowIfExpired(begin, next, isBehind, isDropped, before?.Mark);
                    }

                    if (row.NumberOrNull() is { } position)
                    {
                        var told = EventTable.Read(ref row);
                        next = next with { Position = position, Mark = FeedPosition.MarkOf(told.RunId.ToString(), told.Sequence, told.Time) };
                        items.Add(new FeedItem(told, next.ToString()));
                    }
                }

                return new FeedPage(items, next.ToString());
            },
            cancellationToken);
    }

    private static void ThrowIfExpired(FeedPosition begin, FeedPosition head, bool isBehind, bool isDropped, string? mark)
    {
        if (begin == FeedPosition.Start || begin == FeedPosition.End)
        {
            return;
        }

        // In another history another event has the position, or none has it though none was dropped there.
        if (begin.Position > head.Position || begin.Drops > head.Drops || (begin.Mark is { } expected && (mark is null ? !isDropped : mark != expected)))
        {
            throw new FeedExpiredException("The position is of another history of the database.");
        }

        if (isBehind)
        {
            throw new FeedExpiredException { Left = (begin with { Drops = head.Drops }).ToString() };
        }
    }

    /// <summary>What names an event in the feed.</summary>
    private readonly record struct EventName(string Run, long Sequence, DateTimeOffset Time)
    {
        public string Mark => FeedPosition.MarkOf(Run, Sequence, Time);

        public static EventName? Read(ref RowReader row)
        {
            var (run, sequence, time) = (row.TextOrNull(), row.NumberOrNull(), row.TimeOrNull());
            return run is null ? null : new EventName(run, sequence!.Value, time!.Value);
        }
    }
}
