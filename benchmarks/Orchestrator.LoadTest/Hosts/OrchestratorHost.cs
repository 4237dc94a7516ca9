using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Orchestrator.LoadTest.Stores;

namespace Orchestrator.LoadTest.Hosts;

/// <summary>An application with an orchestrator and nothing else.</summary>
internal static class OrchestratorHost
{
    /// <summary>The arguments of such a host.</summary>
    public static string[] Arguments(Scope scope, int runs) => [scope.Store.Name, scope.Name, runs.ToString(CultureInfo.InvariantCulture)];

    public static async Task<WebApplication> BuildAsync(WebApplicationBuilder builder, string[] args)
    {
        Store.Named(args[0]).Use(builder.Services.AddOrchestrator(Fleet.Configure), args[1]);
        var app = builder.Build();
        app.MapOrchestrator();
        await Fleet.StartRunsAsync(app.Services.GetRequiredService<IOrchestrator>(), int.Parse(args[2], CultureInfo.InvariantCulture));
        return app;
    }
}
