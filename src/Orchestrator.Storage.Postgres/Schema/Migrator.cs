using System.Globalization;
using System.Text;
using Npgsql;

namespace Orchestrator.Storage.Postgres.Schema;

/// <summary>Brings the tables of a database to what this version needs, or sees that they are.</summary>
/// <remarks>
/// Several hosts may do so at once: they take turns by a lock that ends with its transaction, and so also behind a pooler. It is done once, when the
/// database is first reached.
/// </remarks>
internal sealed class Migrator(string schema, MigrationMode mode) : IDisposable
{
    // Whoever holds a table for longer than this is waited for in a later try, so that those who queue up behind us do not wait.
    private const string LockTimeout = "5s";

    private readonly SemaphoreSlim _turn = new(1, 1);
    private volatile bool _isDone = mode == MigrationMode.None;

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
    /// <exception cref="InvalidOperationException">Tables are missing, and they are not to be created.</exception>
    public async ValueTask EnsureAsync(NpgsqlDataSource source, CancellationToken cancellationToken)
    {
        if (_isDone)
        {
            return;
        }

        await _turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (!_isDone)
            {
                await using var connection = await source.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
                await EnsureAsync(connection, cancellationToken).ConfigureAwait(false);
                _isDone = true;
            }
        }
        finally
        {
            _turn.Release();
        }
    }

    public void Dispose() => _turn.Dispose();

    private async ValueTask EnsureAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var last = Migration.All[^1].Version;
        if (await FindVersionAsync(connection, cancellationToken).ConfigureAwait(false) >= last)
        {
            return;
        }

        if (mode == MigrationMode.Verify)
        {
            throw new InvalidOperationException(
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
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
    }

    private static string Preparation(string schema) => string.Create(CultureInfo.InvariantCulture, $"""
        SET LOCAL lock_timeout = '{LockTimeout}';
        SET LOCAL search_path = {SchemaName.Quote(schema)};
        SELECT pg_advisory_xact_lock(hashtextextended('orchestrator/{schema}', 0));
        CREATE SCHEMA IF NOT EXISTS {SchemaName.Quote(schema)};
        CREATE TABLE IF NOT EXISTS schema_migrations (version integer PRIMARY KEY, name text NOT NULL, applied_at timestamptz NOT NULL DEFAULT clock_timestamp())
        """);

    private static string Record(Migration migration) =>
        string.Create(CultureInfo.InvariantCulture, $"INSERT INTO schema_migrations (version, name) VALUES ({migration.Version}, '{migration.Name}')");
}
