using System.Globalization;
using System.Text;
using Npgsql;

namespace Orchestrator.Storage.Postgres.Schema;

/// <summary>Brings the tables of a database to what this version needs, or sees that they are.</summary>
/// <remarks>
/// Several hosts may do so at once: they take turns by a lock that ends with its transaction, and so also behind a pooler. It is done once, when the
/// database is first reached.
/// </remarks>
internal sealed class Migrator(string schema, MigrationMode mode)
{
    // Whoever holds a table for longer than this is waited for in a later try, so that those who queue up behind us do not wait.
    private const string LockTimeout = "5s";

    private readonly Lock _gate = new();
    private volatile Task? _attempt;

    /// <summary>The statements that create everything in an empty database, for those who do so by hand.</summary>
    /// <param name="schema">The schema.</param>
    public static string Script(string schema)
    {
        var script = new StringBuilder()
            .AppendLine("BEGIN;")
            .AppendLine(Preparation(schema) + ";");
        foreach (var migration in Migration.All)
        {
            script.AppendLine().AppendLine(migration.Sql.TrimEnd()).AppendLine(Record(migration) + ";");
        }

        return script.AppendLine("COMMIT;").ToString();
    }

    /// <summary>Does what <see cref="MigrationMode"/> says, once.</summary>
    /// <exception cref="UnfitDatabaseException">The encoding is not UTF8, a right is missing, or tables are and are not to be created.</exception>
    public async ValueTask EnsureAsync(NpgsqlDataSource source, CancellationToken cancellationToken)
    {
        if (_attempt is not { IsCompletedSuccessfully: true })
        {
            await AttemptOf(source).WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Whoever comes while somebody tries, waits for that; the next one after a failure tries again.</summary>
    private Task AttemptOf(NpgsqlDataSource source)
    {
        lock (_gate)
        {
            return _attempt = _attempt is null or { IsFaulted: true } ? TryAsync(source) : _attempt;
        }
    }

    private async Task TryAsync(NpgsqlDataSource source)
    {
        await using var connection = await source.OpenConnectionAsync(CancellationToken.None).ConfigureAwait(false);
        await DatabaseCheck.CheckEncodingAsync(connection).ConfigureAwait(false);
        if (mode != MigrationMode.None)
        {
            await EnsureAsync(connection, CancellationToken.None).ConfigureAwait(false);
            await DatabaseCheck.CheckRightsAsync(connection, schema).ConfigureAwait(false);
        }
    }

    private async ValueTask EnsureAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var last = Migration.All[^1].Version;
        if (await FindVersionAsync(connection, cancellationToken).ConfigureAwait(false) >= last)
        {
            return;
        }

        if (mode == MigrationMode.Verify)
        {
            throw new UnfitDatabaseException(
                $"The schema '{schema}' is not at version {last}, which this version of Orchestrator needs. Apply the migrations, or set Migrate to Apply.");
        }

        await using var transaction = await connection.BeginTransactionAsync(cancellationToken).ConfigureAwait(false);
        await ExecuteAsync(connection, Preparation(schema), cancellationToken).ConfigureAwait(false);
        var version = await FindVersionAsync(connection, cancellationToken).ConfigureAwait(false);
        foreach (var migration in Migration.All.Where(migration => migration.Version > version))
        {
            await ExecuteAsync(connection, migration.Sql, cancellationToken).ConfigureAwait(false);
            await ExecuteAsync(connection, Record(migration), cancellationToken).ConfigureAwait(false);
        }

        await transaction.CommitAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <returns>The newest version that was applied; 0 for none.</returns>
    private async ValueTask<int> FindVersionAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var find = new NpgsqlCommand("SELECT to_regclass($1) IS NOT NULL", connection) { Parameters = { new() { Value = $"{SchemaName.Quote(schema)}.schema_migrations" } } };
        if (!(bool)(await find.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false))!)
        {
            return 0;
        }

        await using var read = new NpgsqlCommand($"SELECT coalesce(max(version), 0) FROM {SchemaName.Quote(schema)}.schema_migrations", connection);
        return (int)(await read.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false))!;
    }

    private static async ValueTask ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken cancellationToken)
    {
        // An index on a table that is large takes its time.
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 0 };
        await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
    }

    private static string Preparation(string schema) => string.Create(CultureInfo.InvariantCulture, $"""
        SET LOCAL lock_timeout = '{LockTimeout}';
        SET LOCAL search_path = {SchemaName.Quote(schema)};
        SELECT pg_advisory_xact_lock(hashtextextended('orchestrator/{schema}', 0));
        DO $$ BEGIN IF to_regnamespace('{SchemaName.Quote(schema)}') IS NULL THEN CREATE SCHEMA {SchemaName.Quote(schema)}; END IF; END $$;
        CREATE TABLE IF NOT EXISTS schema_migrations (version integer PRIMARY KEY, name text NOT NULL, applied_at timestamptz NOT NULL DEFAULT clock_timestamp())
        """);

    private static string Record(Migration migration) =>
        string.Create(CultureInfo.InvariantCulture, $"INSERT INTO schema_migrations (version, name) VALUES ({migration.Version}, '{migration.Name}')");
}
