using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Orchestrator.Storage.Postgres.Connections;
using Orchestrator.Storage.Postgres.Tests.Faults.Hosts;
using Orchestrator.Storage.Postgres.Tests.Faults.Servers;

namespace Orchestrator.Storage.Postgres.Tests.Faults;

/// <summary>A schema of its own in the cluster, for hosts in other processes and stores in this one.</summary>
internal sealed class FaultSpace(PostgresCluster cluster) : IAsyncDisposable
{
    private readonly List<PostgresRunStore> _stores = [];
    private readonly List<ServiceProvider> _hosts = [];

    public string Schema { get; } = "fault_" + Guid.NewGuid().ToString("N");

    /// <summary>Starts hosts without a throttle, and with short waits where a test would wait for them.</summary>
    public Task<Fleet> StartHostsAsync(int hosts, params string[] options) => Fleet.StartAsync(
        cluster.ConnectionString,
        Schema,
        hosts,
        ["Orchestrator:Heartbeats:MinInterval=00:00:00", "Orchestrator:Commands:RedeliveryTimeout=00:00:01", .. options]);

    /// <param name="port">Where the server is reached; the cluster's own port when it is not given.</param>
    public IRunStore OpenStore(int? port = null)
    {
        var options = new PostgresStoreOptions { Schema = Schema };
        var connection = ConnectionSettings.Of(ConnectionString(port), options);
        _stores.Add(new PostgresRunStore(ConnectionSettings.CreateSource(connection), options, NullLoggerFactory.Instance));
        return _stores[^1];
    }

    /// <summary>Puts a host together in this process; its sweeper and publishers do not run.</summary>
    /// <param name="port">Where the server is reached; the cluster's own port when it is not given.</param>
    public IOrchestrator OpenHost(int? port = null)
    {
        var services = new ServiceCollection();
        services.AddMetrics().AddOrchestrator(options => options.Heartbeats.MinInterval = TimeSpan.Zero)
            .UsePostgres(ConnectionString(port) + ";Maximum Pool Size=5", options => options.Schema = Schema);
        _hosts.Add(services.BuildServiceProvider());
        return _hosts[^1].GetRequiredService<IOrchestrator>();
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var host in _hosts)
        {
            await host.DisposeAsync();
        }

        foreach (var store in _stores)
        {
            await store.DisposeAsync();
        }
    }

    private string ConnectionString(int? port) => cluster.ConnectionString + (port is null ? "" : $";Port={port}");
}
