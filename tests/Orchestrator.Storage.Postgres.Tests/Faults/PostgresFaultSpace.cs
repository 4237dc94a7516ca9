using Microsoft.Extensions.Logging.Abstractions;
using Orchestrator.Storage.Faults;
using Orchestrator.Storage.Postgres.Connections;
using Orchestrator.Storage.Postgres.Tests.Faults.Servers;

namespace Orchestrator.Storage.Postgres.Tests.Faults;

/// <summary>A schema of its own in the cluster.</summary>
internal sealed class PostgresFaultSpace(PostgresCluster cluster) : FaultSpace
{
    private readonly string _schema = "fault_" + Guid.NewGuid().ToString("N");

    protected override IEnumerable<string> HostOptions =>
    [
        "Orchestrator:Storage:Provider=Postgres",
        $"Orchestrator:Storage:Schema={_schema}",
        $"ConnectionStrings:Postgres={cluster.ConnectionString};Maximum Pool Size=15",
    ];

    protected override IRunStore NewStore(int? port)
    {
        var options = new PostgresStoreOptions { Schema = _schema };
        var connection = ConnectionSettings.Of(ConnectionString(port), options);
        return new PostgresRunStore(ConnectionSettings.CreateSource(connection), options, NullLoggerFactory.Instance);
    }

    protected override void UseStore(OrchestratorBuilder orchestrator, int? port) =>
        orchestrator.UsePostgres(ConnectionString(port) + ";Maximum Pool Size=5", options => options.Schema = _schema);

    private string ConnectionString(int? port) => cluster.ConnectionString + (port is null ? "" : $";Port={port}");
}
