using Npgsql;

namespace Orchestrator.Storage.Postgres.Schema;

/// <summary>Finds out, when a database is first reached, whether it can keep what callers send, and whether its user may read and write the tables.</summary>
internal static class DatabaseCheck
{
    private const string Encoding = "UTF8";

    // DELETE is left out: only retention needs it.
    private const string MissingRights = """
        SELECT string_agg(n.rights || ' on ' || n.name, ', ' ORDER BY n.name) FROM (
            SELECT t.name, string_agg(r.name, ', ' ORDER BY r.name) AS rights
            FROM (VALUES ('runs', 'SELECT,INSERT,UPDATE'), ('run_progress', 'SELECT,INSERT,UPDATE'), ('run_manifests', 'SELECT,INSERT'), ('run_state_transitions', 'SELECT,INSERT'),
                ('run_commands', 'SELECT,INSERT,UPDATE'), ('control_audit', 'SELECT,INSERT'), ('idempotency_keys', 'SELECT,INSERT'), ('run_events', 'SELECT,INSERT'),
                ('feed_head', 'SELECT,UPDATE'), ('feed_drops', 'SELECT'), ('notes', 'SELECT,INSERT,UPDATE')) AS t (name, needed)
            CROSS JOIN LATERAL unnest(string_to_array(t.needed, ',')) AS r (name)
            WHERE NOT has_table_privilege(quote_ident($1) || '.' || t.name, r.name)
            GROUP BY t.name) AS n
        """;

    /// <exception cref="UnfitDatabaseException">The encoding is another one than UTF8: the database could not keep every text.</exception>
    public static async ValueTask CheckEncodingAsync(NpgsqlConnection connection)
    {
        await using var find = new NpgsqlCommand("SELECT current_setting('server_encoding'), current_database()", connection);
        await using var row = await find.ExecuteReaderAsync().ConfigureAwait(false);
        await row.ReadAsync().ConfigureAwait(false);
        if (row.GetString(0) is var encoding and not Encoding)
        {
            throw new UnfitDatabaseException($"The database '{row.GetString(1)}' has the encoding {encoding}, which cannot keep every text: create one with ENCODING '{Encoding}'.");
        }
    }

    /// <exception cref="UnfitDatabaseException">The user may not read or write a table as the store does.</exception>
    public static async ValueTask CheckRightsAsync(NpgsqlConnection connection, string schema)
    {
        await using var find = new NpgsqlCommand(MissingRights, connection) { Parameters = { new() { Value = schema } } };
        if (await find.ExecuteScalarAsync().ConfigureAwait(false) is string missing)
        {
            throw new UnfitDatabaseException($"The user of the orchestrator lacks rights in the schema '{schema}' of PostgreSQL: grant {missing}.");
        }
    }
}
