using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Orchestrator.Storage.Postgres.Connections;
using Orchestrator.Storage.Postgres.Hosting;

namespace Orchestrator.Storage.Postgres.Tests.Hosting;

public sealed class StartCheckTests
{
    [Fact]
    public async Task A_host_does_not_start_on_tables_that_are_not_there_and_are_not_to_be_created()
    {
        await using var store = NewStore(Server.ConnectionString, MigrationMode.Verify);

        await Assert.ThrowsAsync<InvalidOperationException>(() => new StartCheck(store).StartAsync(CancellationToken.None));
    }

    [Fact]
    public async Task A_host_starts_while_its_database_is_away()
    {
        // Nobody listens on the first port.
        await using var store = NewStore("Host=127.0.0.1;Port=1;Username=nobody;Timeout=5", MigrationMode.Apply);

        await new StartCheck(store).StartAsync(CancellationToken.None);
    }

    [Fact]
    public async Task A_host_does_not_start_on_a_database_that_cannot_keep_every_text()
    {
        var name = "latin_" + Guid.NewGuid().ToString("N");
        await ExecuteAsync($"CREATE DATABASE {name} ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0");
        try
        {
            await using var store = NewStore(Server.ConnectionString + $";Database={name};Pooling=false", MigrationMode.Apply);

            var fault = await Assert.ThrowsAsync<InvalidOperationException>(() => new StartCheck(store).StartAsync(CancellationToken.None));

            Assert.Equal($"The database '{name}' has the encoding LATIN1, which cannot keep every text: create one with ENCODING 'UTF8'.", fault.Message);
        }
        finally
        {
            await ExecuteAsync($"DROP DATABASE {name} WITH (FORCE)");
        }
    }

    [Fact]
    public async Task A_host_does_not_start_without_the_rights_that_it_needs_and_names_them()
    {
        var options = new PostgresStoreOptions { Schema = "rights_" + Guid.NewGuid().ToString("N") };
        await using var owner = NewStore(Server.ConnectionString, options);
        await owner.GetTimeAsync(CancellationToken.None);
        var role = options.Schema + "_user";
        await ExecuteAsync($"CREATE ROLE {role} LOGIN");
        try
        {
            Assert.Contains("denies the user of the orchestrator a right", await RefusalAsync(), StringComparison.Ordinal);

            await ExecuteAsync($"GRANT USAGE ON SCHEMA {options.Schema} TO {role}; GRANT SELECT, INSERT, UPDATE ON ALL TABLES IN SCHEMA {options.Schema} TO {role}");
            await ExecuteAsync($"REVOKE INSERT ON {options.Schema}.runs FROM {role}; REVOKE UPDATE ON {options.Schema}.notes FROM {role}");
            Assert.Equal(
                $"The user of the orchestrator lacks rights in the schema '{options.Schema}' of PostgreSQL: grant UPDATE on notes, INSERT on runs.", await RefusalAsync());

            await ExecuteAsync($"GRANT INSERT, UPDATE ON ALL TABLES IN SCHEMA {options.Schema} TO {role}");
            await using var store = NewStore(Server.ConnectionString + $";Username={role};Pooling=false", options);
            await new StartCheck(store).StartAsync(CancellationToken.None);
        }
        finally
        {
            await ExecuteAsync($"DROP OWNED BY {role}; DROP ROLE {role}; DROP SCHEMA {options.Schema} CASCADE");
        }

        async Task<string> RefusalAsync()
        {
            await using var store = NewStore(Server.ConnectionString + $";Username={role};Pooling=false", options);
            return (await Assert.ThrowsAsync<InvalidOperationException>(() => new StartCheck(store).StartAsync(CancellationToken.None))).Message;
        }
    }

    private static async Task ExecuteAsync(string sql)
    {
        await using var source = NpgsqlDataSource.Create(Server.ConnectionString + ";Pooling=false");
        await using var command = source.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }

    private static PostgresRunStore NewStore(string connectionString, MigrationMode mode) =>
        NewStore(connectionString, new PostgresStoreOptions { Schema = "absent_" + Guid.NewGuid().ToString("N"), Migrate = mode });

    private static PostgresRunStore NewStore(string connectionString, PostgresStoreOptions options) =>
        new(ConnectionSettings.CreateSource(ConnectionSettings.Of(connectionString, options)), options, NullLoggerFactory.Instance);
}
