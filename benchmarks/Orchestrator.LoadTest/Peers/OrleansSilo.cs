using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orchestrator.LoadTest.Stores;

namespace Orchestrator.LoadTest.Peers;

/// <summary>One silo of Orleans in this process, whose grains are runs that keep their progress in memory.</summary>
internal sealed class OrleansSilo : IAsyncDisposable
{
    private readonly IHost _host;
    private readonly IRunGrain[] _runs;

    private OrleansSilo(IHost host, int runs)
    {
        _host = host;
        var grains = host.Services.GetRequiredService<IGrainFactory>();
        _runs = [.. Enumerable.Range(0, runs).Select(run => grains.GetGrain<IRunGrain>(Runs.IdOf(run)))];
    }

    public static async Task<OrleansSilo> StartAsync(int runs)
    {
        var builder = Microsoft.Extensions.Hosting.Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Logging.SetMinimumLevel(LogLevel.Warning);
        var ports = FreePorts();
        builder.UseOrleans(silo => silo.UseLocalhostClustering(ports.Silo, ports.Gateway));
        var host = builder.Build();
        await host.StartAsync();
        var started = new OrleansSilo(host, runs);
        await Parallel.ForAsync(0, runs, async (run, _) => await started.ReportAsync(run, step: 0));
        return started;
    }

    public async Task ReportAsync(int run, long step)
    {
        var progress = await _runs[run].ReportAsync(new GrainHeartbeat(RuntimeStatus.Running, step, SamplesPerSec: 812.5, Loss: 0.42, CheckpointVersion: 1));
        if (progress?.Step != step)
        {
            throw new InvalidOperationException("The grain did not take the heartbeat.");
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _host.StopAsync();
        _host.Dispose();
    }

    private static (int Silo, int Gateway) FreePorts()
    {
        using var silo = new TcpListener(IPAddress.Loopback, 0);
        using var gateway = new TcpListener(IPAddress.Loopback, 0);
        silo.Start();
        gateway.Start();
        return (((IPEndPoint)silo.LocalEndpoint).Port, ((IPEndPoint)gateway.LocalEndpoint).Port);
    }
}
