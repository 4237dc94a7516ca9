using Microsoft.Extensions.DependencyInjection;
using Orchestrator.Samples.Tests.Server;
using Orchestrator.Storage.Faults.Hosts;

namespace Orchestrator.Storage.Faults;

/// <summary>A place of its own for runs, for hosts in other processes and stores in this one. Its disposal ends those in this process.</summary>
public abstract class FaultSpace : IAsyncDisposable
{
    private readonly List<IAsyncDisposable> _opened = [];

    /// <summary>The options by which the server sample keeps its runs there.</summary>
    protected abstract IEnumerable<string> HostOptions { get; }

    /// <summary>Starts hosts without a throttle, and with short waits where a test would wait for them.</summary>
    public Task<Fleet> StartHostsAsync(int hosts, params string[] options) => Fleet.StartAsync(
        hosts,
        [.. HostOptions, "Orchestrator:Heartbeats:MinInterval=00:00:00", "Orchestrator:Commands:RedeliveryTimeout=00:00:01", .. options]);

    /// <summary>Starts the server sample with its default log levels and without a throttle.</summary>
    internal Task<ServerProcess> StartServerAsync(IEnumerable<string> options) =>
        ServerProcess.StartAsync([.. HostOptions.Concat(options).Select(option => "--" + option), "--Orchestrator:Heartbeats:MinInterval=00:00:00"]);

    /// <param name="port">Where the server is reached; its own port when it is not given.</param>
    public IRunStore OpenStore(int? port = null)
    {
        var store = NewStore(port);
        _opened.Add((IAsyncDisposable)store);
        return store;
    }

    /// <summary>Puts a host together in this process; its sweeper and publishers do not run.</summary>
    /// <param name="port">Where the server is reached; its own port when it is not given.</param>
    public IOrchestrator OpenHost(int? port = null)
    {
        var services = new ServiceCollection();
        UseStore(services.AddMetrics().AddOrchestrator(options => options.Heartbeats.MinInterval = TimeSpan.Zero), port);
        var host = services.BuildServiceProvider();
        _opened.Add(host);
        return host.GetRequiredService<IOrchestrator>();
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var opened in _opened)
        {
            await opened.DisposeAsync();
        }
    }

    /// <summary>Creates a store.</summary>
    protected abstract IRunStore NewStore(int? port);

    /// <summary>Lets a host in this process keep its runs there.</summary>
    protected abstract void UseStore(OrchestratorBuilder orchestrator, int? port);
}
