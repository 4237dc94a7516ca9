using Npgsql;
using Orchestrator.Storage.Faults;
using Orchestrator.Storage.Postgres.Tests.Faults.Servers;

namespace Orchestrator.Storage.Postgres.Tests.Faults;

[Collection(OwnServer.Name)]
public sealed class LogBudgetTests(PostgresCluster cluster) : LogBudgetSuite(cluster)
{
    protected override IEnumerable<string> ImpatientOptions => [$"ConnectionStrings:Postgres={cluster.ConnectionString};Command Timeout=2;Timeout=2"];

    protected override Task SuspendAsync() => cluster.SuspendAsync();

    protected override Task ResumeAsync() => cluster.ResumeAsync();

    protected override Task ForbidWritesAsync() => SetAsync("ALTER SYSTEM SET default_transaction_read_only = on");

    protected override Task AllowWritesAsync() => SetAsync("ALTER SYSTEM RESET default_transaction_read_only");

    private async Task SetAsync(string setting)
    {
        await using var source = NpgsqlDataSource.Create(cluster.ConnectionString + ";Pooling=false");
        foreach (var sql in new[] { setting, "SELECT pg_reload_conf()" })
        {
            await using var command = source.CreateCommand(sql);
            await command.ExecuteNonQueryAsync();
        }
    }
}
