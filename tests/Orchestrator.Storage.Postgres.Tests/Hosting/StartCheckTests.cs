using Microsoft.Extensions.Logging.Abstractions;
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

    private static PostgresRunStore NewStore(string connectionString, MigrationMode mode)
    {
        var options = new PostgresStoreOptions { Schema = "absent_" + Guid.NewGuid().ToString("N"), Migrate = mode };
        return new PostgresRunStore(ConnectionSettings.CreateSource(ConnectionSettings.Of(connectionString, options)), options, NullLoggerFactory.Instance);
    }
}
