using Orchestrator.Storage.Postgres.Connections;
using Orchestrator.Storage.Postgres.Rows;
using Orchestrator.Storage.Postgres.Tables;

namespace Orchestrator.Storage.Postgres.Reads;

/// <summary>Reads what belongs to a run, by sequence.</summary>
internal sealed class HistoryReads(Database database, StoreTables tables)
{
    private readonly string _transitions = Sql(tables.Transitions);
    private readonly string _commands = Sql(tables.Commands);
    private readonly string _events = Sql(tables.Events);
    private readonly string _audit = Sql(tables.Audit);

    private delegate T ReadRow<T>(ref RowReader row);

    public ValueTask<IReadOnlyList<StateTransition>> ReadTransitionsAsync(RunId run, long after, int limit, CancellationToken cancellationToken) =>
        ReadAsync(_transitions, TransitionTable.Read, run, after, limit, cancellationToken);

    public ValueTask<IReadOnlyList<Command>> ReadCommandsAsync(RunId run, long after, int limit, CancellationToken cancellationToken) =>
        ReadAsync(_commands, CommandTable.Read, run, after, limit, cancellationToken);

    public ValueTask<IReadOnlyList<RunEvent>> ReadEventsAsync(RunId run, long after, int limit, CancellationToken cancellationToken) =>
        ReadAsync(_events, EventTable.Read, run, after, limit, cancellationToken);

    public ValueTask<IReadOnlyList<AuditEntry>> ReadAuditAsync(RunId run, long after, int limit, CancellationToken cancellationToken) =>
        ReadAsync(_audit, AuditTable.Read, run, after, limit, cancellationToken);

    private static string Sql<TRow>(Table<TRow> table) =>
        $"SELECT {table.Select("t")} FROM {table.Name} AS t WHERE t.run_id = $1 AND t.sequence > $2 ORDER BY t.sequence LIMIT $3";

    private ValueTask<IReadOnlyList<T>> ReadAsync<T>(string sql, ReadRow<T> readRow, RunId run, long after, int limit, CancellationToken cancellationToken) =>
        database.ReadAsync<IReadOnlyList<T>>(
            sql,
            [Parameter.Of(run.Value), Parameter.Of(after), Parameter.Of(limit)],
            async (reader, token) =>
            {
                var items = new List<T>();
                while (await reader.ReadAsync(token).ConfigureAwait(false))
                {
                    var row = new RowReader(reader);
                    items.Add(readRow(ref row));
                }

                return items;
            },
            cancellationToken);
}
