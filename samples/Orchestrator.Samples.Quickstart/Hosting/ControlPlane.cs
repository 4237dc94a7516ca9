using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Configuration.Memory;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Orchestrator.Samples.Quickstart.Hosting;

/// <summary>The orchestrator, served over HTTP by this process.</summary>
public sealed class ControlPlane : IAsyncDisposable
{
    private const string Prefix = "/api/v1";
    private const string AnyFreePort = "http://127.0.0.1:0";

    // What the quickstart sets where nobody else does: a real run reports every 5 seconds, and its silence is noticed after 45, too slow to look at.
    private static readonly Dictionary<string, string?> Defaults = new()
    {
        ["Orchestrator:Heartbeats:MinInterval"] = "00:00:00.500",
        ["Orchestrator:Health:StaleAfter"] = "00:00:02",
        ["Orchestrator:Health:UnresponsiveAfter"] = "00:00:04",
        ["Orchestrator:Health:SweepInterval"] = "00:00:00.500",
        ["Orchestrator:Health:Grace"] = "00:00:01",
        ["Logging:LogLevel:Default"] = "Error",
    };

    private readonly WebApplication _app;

    private ControlPlane(WebApplication app) => _app = app;

    /// <summary>The address of the API, ending in a slash.</summary>
    public Uri Address
    {
        get
        {
            var served = new UriBuilder(_app.Urls.First());
            served.Host = served.Host is "0.0.0.0" or "[::]" ? "127.0.0.1" : served.Host;
            served.Path = Prefix + "/";
            return served.Uri;
        }
    }

    /// <summary>How it notices silence.</summary>
    public HealthOptions Health => _app.Services.GetRequiredService<IOptions<OrchestratorOptions>>().Value.Health;

    /// <summary>Cancelled by Ctrl+C and SIGTERM.</summary>
    public CancellationToken Stopping => _app.Lifetime.ApplicationStopping;

    /// <summary>Starts to serve.</summary>
    /// <param name="args">Options of the host and of the orchestrator, such as <c>--urls http://127.0.0.1:5080</c>.</param>
    public static async Task<ControlPlane> StartAsync(string[] args)
    {
        var builder = WebApplication.CreateSlimBuilder(args);
        ((IConfigurationBuilder)builder.Configuration).Sources.Insert(0, new MemoryConfigurationSource { InitialData = Defaults });
        if (builder.Configuration[WebHostDefaults.ServerUrlsKey] is null)
        {
            builder.WebHost.UseUrls(AnyFreePort);
        }

        builder.Logging.AddFilter("Microsoft.Extensions.Hosting.Internal.Host", LogLevel.None);
        builder.Services.AddOrchestrator();
        var app = builder.Build();
        app.MapOrchestrator(Prefix);
        await app.StartAsync();
        return new ControlPlane(app);
    }

    /// <summary>Waits for Ctrl+C or SIGTERM.</summary>
    public Task StoppedAsync() => _app.WaitForShutdownAsync();

    /// <summary>Ends waiting polls and stops serving.</summary>
    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
    }
}
