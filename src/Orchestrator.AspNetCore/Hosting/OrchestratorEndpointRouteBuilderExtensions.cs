using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.Http.Json;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Orchestrator;
using Orchestrator.AspNetCore.Audit;
using Orchestrator.AspNetCore.Commands;
using Orchestrator.AspNetCore.Heartbeats;
using Orchestrator.AspNetCore.Hosting;
using Orchestrator.AspNetCore.Http;
using Orchestrator.AspNetCore.Runs;

namespace Microsoft.AspNetCore.Builder;

/// <summary>Serves the orchestrator over HTTP.</summary>
public static class OrchestratorEndpointRouteBuilderExtensions
{
    /// <summary>How often each orchestrator was mapped.</summary>
    private static readonly ConditionalWeakTable<IOrchestrator, StrongBox<int>> Mappings = [];

    /// <summary>
    /// Maps the HTTP API of the orchestrator. Nobody is asked who he is unless the application says so:
    /// <c>app.MapOrchestrator().RequireAuthorization()</c>, or a policy for each audience of the answer.
    /// </summary>
    /// <param name="endpoints">The application.</param>
    /// <param name="prefix">The path that every endpoint is below. Default <c>/api/v1</c>.</param>
    /// <returns>The endpoints, to put conventions on.</returns>
    /// <exception cref="InvalidOperationException"><c>AddOrchestrator()</c> was not called.</exception>
    public static OrchestratorEndpoints MapOrchestrator(
        this IEndpointRouteBuilder endpoints, [StringSyntax("Route")] string prefix = "/api/v1")
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        ArgumentNullException.ThrowIfNull(prefix);
        var services = endpoints.ServiceProvider;
        var orchestrator = services.GetService<IOrchestrator>()
            ?? throw new InvalidOperationException("The orchestrator is not among the services. Call builder.Services.AddOrchestrator() before app.MapOrchestrator().");
        var rows = EndpointTable.Create(orchestrator, services.GetRequiredService<IOptions<OrchestratorOptions>>().Value);
        var whole = endpoints.MapGroup(prefix);
        var mapped = new OrchestratorEndpoints(whole);
        EndpointMapping.Map(mapped, rows, ++Mappings.GetOrCreateValue(orchestrator).Value);
        EndpointMapping.MapMissingMethods(whole, rows);
        EndpointMapping.MapMissingPaths(whole, prefix);
        DescribeTypes(services);
        return mapped;
    }

    /// <summary>Lets the host's OpenAPI document describe our bodies also where reflection is off. Last in the chain: the host's own types stay its own.</summary>
    private static void DescribeTypes(IServiceProvider services)
    {
        var options = services.GetService<IOptions<JsonOptions>>()?.Value.SerializerOptions;
        if (options is null or { IsReadOnly: true } || options.TypeInfoResolverChain.Contains(RunsJson.Default))
        {
            return;
        }

        options.TypeInfoResolverChain.Add(RunsJson.Default);
        options.TypeInfoResolverChain.Add(HeartbeatsJson.Default);
        options.TypeInfoResolverChain.Add(CommandsJson.Default);
        options.TypeInfoResolverChain.Add(AuditJson.Default);
        options.TypeInfoResolverChain.Add(ProblemJson.Default);
        options.TypeInfoResolverChain.Add(DocumentJson.Default);
    }
}
