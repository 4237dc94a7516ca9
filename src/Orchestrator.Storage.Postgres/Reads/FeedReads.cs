using Orchestrator.Storage.Postgres.Connections;
using Orchestrator.Storage.Postgres.Rows;
using Orchestrator.Storage.Postgres.Tables;

namespace Orchestrator.Storage.Postgres.Reads;

/// <summary>Reads the feed.</summary>
internal sealed class FeedReads(Database database, StoreTables tables)
{
    private readonly string _sql = $"""
        SELECT s.position, s.drops, s.is_behind, e.position, {tables.Events.Select("e")}
        FROM (SELECT h.position, h.drops, EXISTS (SELECT FROM {tables.Schema}.feed_drops AS d WHERE d.drop_number > $2 AND d.up_to > $1) AS is_behind FROM {tables.Schema}.feed_head AS h) AS s
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
                    var head = new FeedPosition(row.Number(), row.Number());
                    next = items.Count == 0 ? head : next;
                    ThrowIfExpired(begin, head, isBehind: row.Flag());
                    if (row.NumberOrNull() is { } position)
                    {
                        next = head with { Position = position };
                        items.Add(new FeedItem(EventTable.Read(ref row), next.ToString()));
                    }
                }

                return new FeedPage(items, next.ToString());
            },
            cancellationToken);
    }

    private static void ThrowIfExpired(FeedPosition begin, FeedPosition head, bool isBehind)
    {
        if (begin == FeedPosition.Start || begin == FeedPosition.End)
        {
            return;
        }

        if (begin.Position > head.Position || begin.Drops > head.Drops)
        {
            throw new FeedExpiredException("The position is of another database.");
        }

        if (isBehind)
        {
            throw new FeedExpiredException { Left = (begin with { Drops = head.Drops }).ToString() };
        }
    }
}
