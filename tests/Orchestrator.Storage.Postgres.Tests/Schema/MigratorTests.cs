using System.Globalization;
using Npgsql;
using Orchestrator.Storage.Postgres.Schema;

namespace Orchestrator.Storage.Postgres.Tests.Schema;

public sealed class MigratorTests : IAsyncLifetime
{
    private readonly string _schema = "migrated_" + Guid.NewGuid().ToString("N");
    private readonly NpgsqlDataSource _source = NpgsqlDataSource.Create(Server.ConnectionString + ";Maximum Pool Size=20");

    public ValueTask InitializeAsync() => default;

    public async ValueTask DisposeAsync()
    {
        foreach (var schema in new[] { _schema, "user" })
        {
            await ExecuteAsync($"DROP SCHEMA IF EXISTS \"{schema}\" CASCADE");
        }

        await _source.DisposeAsync();
    }

    [Fact]
    public void Migrations_are_numbered_from_1_without_gaps() =>
        Assert.Equal(Enumerable.Range(1, Migration.All.Count), Migration.All.Select(migration => migration.Version));

    [Fact]
    public async Task Hosts_that_start_at_once_migrate_once()
    {
        await Task.WhenAll(Enumerable.Range(0, 12).Select(_ => Task.Run(() => EnsureAsync(_schema, MigrationMode.Apply))));

        Assert.Equal(Migration.All.Select(migration => migration.Version.ToString(CultureInfo.InvariantCulture)), await ReadAsync($"SELECT version::text FROM {_schema}.schema_migrations ORDER BY version"));
    }

    [Fact]
    public async Task What_was_migrated_before_is_left_alone_without_the_right_to_create()
    {
        await EnsureAsync(_schema, MigrationMode.Apply);
        var role = _schema + "_user";
        await ExecuteAsync($"CREATE ROLE {role} LOGIN; GRANT USAGE ON SCHEMA {_schema} TO {role}; GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA {_schema} TO {role}");
        try
        {
            await using var source = NpgsqlDataSource.Create(Server.ConnectionString + $";Username={role};Pooling=false");
            var migrator = new Migrator(_schema, MigrationMode.Apply);
            await migrator.EnsureAsync(source, CancellationToken.None);
        }
        finally
        {
            await ExecuteAsync($"DROP OWNED BY {role}; DROP ROLE {role}");
        }
    }

    [Fact]
    public async Task Tables_that_are_missing_are_told_where_they_are_only_verified()
    {
        var fault = await Assert.ThrowsAsync<UnfitDatabaseException>(() => EnsureAsync(_schema, MigrationMode.Verify));
        Assert.Contains(_schema, fault.Message, StringComparison.Ordinal);
        Assert.Empty(await ReadAsync($"SELECT nspname FROM pg_namespace WHERE nspname = '{_schema}'"));

        await EnsureAsync(_schema, MigrationMode.Apply);
        await EnsureAsync(_schema, MigrationMode.Verify);
    }

    [Fact]
    public async Task A_database_of_the_first_version_is_extended_and_keeps_its_audit_entries()
    {
        var first = Migration.All[0];
        await ExecuteAsync($"""
            CREATE SCHEMA {_schema};
            SET search_path = {_schema};
            CREATE TABLE schema_migrations (version integer PRIMARY KEY, name text NOT NULL, applied_at timestamptz NOT NULL DEFAULT clock_timestamp());
            {first.Sql}
            INSERT INTO schema_migrations (version, name) VALUES ({first.Version}, '{first.Name}');
            INSERT INTO control_audit (run_id, sequence, actor_type, actor_id, action, payload_hash, hash_version, created_at, prev_hash, entry_hash)
            VALUES ('run', 1, 'operator', 'ada', 'command.pause', 'p', 1, '2026-01-31T12:00:00Z', '0', 'e')
            """);
        await Assert.ThrowsAsync<UnfitDatabaseException>(() => EnsureAsync(_schema, MigrationMode.Verify));

        await EnsureAsync(_schema, MigrationMode.Apply);

        Assert.Equal(
            ["ada 1 true"],
            await ReadAsync(
                $"""
                SELECT concat_ws(' ', actor_id, hash_version,
                    (target IS NULL AND actor_issuer IS NULL AND on_behalf_of_type IS NULL AND credential IS NULL AND request_id IS NULL)::text)
                FROM {_schema}.control_audit
                """));
    }

    [Fact]
    public async Task Nothing_is_looked_at_where_the_tables_are_trusted()
    {
        await EnsureAsync(_schema, MigrationMode.None);
        Assert.Empty(await ReadAsync($"SELECT nspname FROM pg_namespace WHERE nspname = '{_schema}'"));
    }

    [Fact]
    public async Task The_script_creates_the_same_as_the_migrations_also_in_a_schema_named_like_a_keyword()
    {
        await EnsureAsync(_schema, MigrationMode.Apply);
        await ExecuteAsync(PostgresMigrations.Script("user"));

        Assert.NotEmpty(await ColumnsAsync(_schema));
        Assert.Equal(await ColumnsAsync(_schema), await ColumnsAsync("user"));
        Assert.Equal(await IndexesAsync(_schema), await IndexesAsync("user"));
        await EnsureAsync("user", MigrationMode.Verify);
    }

    [Fact]
    public async Task No_index_is_on_a_column_that_heartbeats_change()
    {
        await EnsureAsync(_schema, MigrationMode.Apply);

        // The columns of keys, expressions and conditions of indexes.
        var indexed = await ReadAsync($"""
            SELECT DISTINCT a.attname::text FROM pg_index AS i
            JOIN pg_depend AS d ON d.classid = 'pg_class'::regclass AND d.objid = i.indexrelid AND d.refobjid = i.indrelid AND d.refobjsubid > 0
            JOIN pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = d.refobjsubid
            WHERE i.indrelid = '{_schema}.run_progress'::regclass
            UNION SELECT a.attname::text FROM pg_index AS i JOIN pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = ANY(i.indkey)
            WHERE i.indrelid = '{_schema}.run_progress'::regclass
            ORDER BY 1
            """);

        Assert.Equal(["due_after_silence", "due_after_standstill", "due_at", "run_id"], indexed);
    }

    [Theory]
    [InlineData("")]
    [InlineData("Upper")]
    [InlineData("1digit")]
    [InlineData("a b")]
    [InlineData("a\"b")]
    [InlineData("a234567890123456789012345678901234567890123456789_x")]
    public void A_name_that_needs_care_is_refused(string schema) => Assert.Throws<ArgumentException>(() => PostgresMigrations.Script(schema));

    private async Task EnsureAsync(string schema, MigrationMode mode)
    {
        var migrator = new Migrator(schema, mode);
        await migrator.EnsureAsync(_source, CancellationToken.None);
    }

    private Task<List<string>> ColumnsAsync(string schema) => ReadAsync(
        $"SELECT concat_ws(' ', table_name, column_name, data_type, is_nullable, collation_name) FROM information_schema.columns WHERE table_schema = '{schema}' ORDER BY 1");

    private async Task<List<string>> IndexesAsync(string schema) =>
        [.. (await ReadAsync($"SELECT indexdef FROM pg_indexes WHERE schemaname = '{schema}' ORDER BY indexname")).Select(index => index.Replace($"\"{schema}\".", "", StringComparison.Ordinal).Replace($"{schema}.", "", StringComparison.Ordinal))];

    private async Task ExecuteAsync(string sql)
    {
        await using var command = _source.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }

    private async Task<List<string>> ReadAsync(string sql)
    {
        await using var command = _source.CreateCommand(sql);
        await using var reader = await command.ExecuteReaderAsync();
        var rows = new List<string>();
        while (await reader.ReadAsync())
        {
            rows.Add(reader.GetString(0));
        }

        return rows;
    }
}
