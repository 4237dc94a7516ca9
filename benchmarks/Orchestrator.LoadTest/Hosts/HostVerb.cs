using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Orchestrator.LoadTest.Hosts;

/// <summary>The host that a process of this program is: writes its address on a line, and serves until its input ends.</summary>
internal static class HostVerb
{
    public const string Name = "host";

    /// <summary>An orchestrator, or the bare endpoints that it is compared with: the same server, without an orchestrator.</summary>
    /// <param name="args"><c>bare</c>, or the name of a store, the scope in it, and how many runs to start.</param>
    public static async Task ServeAsync(string[] args)
    {
        using var interrupts = ChildProcess.IgnoreInterrupts();
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders().SetMinimumLevel(LogLevel.Warning).AddConsole(options => options.LogToStandardErrorThreshold = LogLevel.Trace);

        // What still waits when the host is to end is nobody's any more.
        builder.Services.Configure<HostOptions>(options => options.ShutdownTimeout = TimeSpan.FromMilliseconds(100));
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.WebHost.ConfigureKestrel(options => options.AddServerHeader = false);
        await using var app = args is ["bare"] ? BareHost.Build(builder) : await OrchestratorHost.BuildAsync(builder, args);
        app.MapGet(HostFacts.Path, static context => context.Response.WriteAsJsonAsync(HostFacts.Take(), HostJson.Default.HostFacts));
        await app.StartAsync();
        await Console.Out.WriteLineAsync(app.Urls.Single());
        await Console.In.ReadToEndAsync();
        await app.StopAsync();
    }
}
