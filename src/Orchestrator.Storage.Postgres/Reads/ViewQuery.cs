using Npgsql;
using Orchestrator.Storage.Postgres.Rows;
using Orchestrator.Storage.Postgres.Tables;

namespace Orchestrator.Storage.Postgres.Reads;

/// <summary>Reads runs with what belongs to their views, in one statement and so of one moment.</summary>
internal sealed class ViewQuery(StoreTables tables)
{
    // Matches run_commands_live.
    private const string Live = "status IN ('pending', 'delivered')";

    /// <summary>The statement.</summary>
    /// <param name="asked">Where the runs come from: a source of <c>run_id, manifest, command, key, nth</c>, as of <see cref="RunLookup"/>, with their order.</param>
    public string Sql(string asked) => $"""
        SELECT l.nth, {tables.Progress.Select("p")}, {tables.Runs.Select("r")}, m.launch_manifest, m.overrides, k.key, k.request_hash, k.command_id, k.attempt, {tables.Commands.Select("c")}
        FROM {asked} AS l(run_id, manifest, command, key, nth)
        JOIN {tables.Progress.Name} AS p ON p.run_id = l.run_id
        JOIN {tables.Runs.Name} AS r ON r.id = l.run_id
        LEFT JOIN {tables.Manifests.Name} AS m ON l.manifest AND m.run_id = l.run_id
        LEFT JOIN {tables.Keys.Name} AS k ON k.key = l.key AND k.run_id = l.run_id
        LEFT JOIN LATERAL (
            SELECT * FROM {tables.Commands.Name} WHERE run_id = l.run_id AND {Live}
            UNION ALL
            SELECT * FROM {tables.Commands.Name} WHERE run_id = l.run_id AND id = l.command AND NOT {Live}
        ) AS c ON true
        ORDER BY l.nth, c.sequence
        """;

    /// <summary>Reads the views, each with its <c>nth</c>.</summary>
    /// <param name="reader">The answer.</param>
    /// <param name="commandOf">Which command was asked for by a lookup.</param>
    /// <param name="cancellationToken">Stops the read.</param>
    public async ValueTask<List<(long Nth, RunView View)>> ReadAsync(
        NpgsqlDataReader reader, Func<long, CommandId?>? commandOf, CancellationToken cancellationToken)
    {
        var views = new List<(long Nth, RunView View)>();
        var live = new List<Command>();
        while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            var row = new RowReader(reader);
            var nth = row.Number();
            if (views.Count == 0 || views[^1].Nth != nth)
            {
                live = [];
                views.Add((nth, ReadView(ref row, live)));
            }

            row = new RowReader(reader, reader.FieldCount - tables.Commands.Width);
            if (row.IsNull)
            {
                continue;
            }

            var command = CommandTable.Read(ref row);
            if (command.Status is CommandStatus.Pending or CommandStatus.Delivered)
            {
                live.Add(command);
            }

            if (command.Id == commandOf?.Invoke(nth))
            {
                views[^1] = (nth, views[^1].View with { Command = command });
            }
        }

        return views;
    }

    private static RunView ReadView(ref RowReader row, List<Command> live)
    {
        var progress = ProgressTable.Read(ref row);
        var head = RunTable.Read(ref row, progress);
        var (launch, overrides) = (row.ElementOrNull(), row.ElementOrNull());
        var (key, hash, command, attempt) = (row.TextOrNull(), row.TextOrNull(), row.TextOrNull(), row.IntOrNull());
        return new RunView(head, progress.Progress, live)
        {
            Manifest = launch is null ? null : new RunManifest(launch.Value, overrides!.Value),
            Idempotency = key is null ? null : new IdempotencyRecord(key, hash!, command is null ? null : CommandId.Parse(command), attempt),
        };
    }
}
