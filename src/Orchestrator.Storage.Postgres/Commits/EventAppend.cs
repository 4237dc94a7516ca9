using Npgsql;
using Orchestrator.Storage.Postgres.Tables;

namespace Orchestrator.Storage.Postgres.Commits;

/// <summary>
/// Adds events to the feed, at the next positions. The last statement of its transaction: until the commit, nobody else gets positions, so that no
/// event ever becomes visible before one that stands ahead of it.
/// </summary>
internal sealed class EventAppend
{
    private readonly StoreTables _tables;
    private readonly string _sql;

    public EventAppend(StoreTables tables)
    {
        _tables = tables;
        const string count = "cardinality($1)";
        _sql = $"""
            WITH head AS (UPDATE {tables.Schema}.feed_head SET position = position + {count} RETURNING position - {count} AS start)
            INSERT INTO {tables.Events.Name} (position, {tables.Events.Names})
            SELECT head.start + n.nth, {tables.Events.Values} FROM head, {tables.Events.Rows}
            """;
    }

    public NpgsqlBatchCommand Append(IReadOnlyList<RunEvent> events) => _tables.Events.Write(_sql, events);
}
