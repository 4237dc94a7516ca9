using Microsoft.Extensions.DependencyInjection;

namespace Orchestrator;

/// <summary>Where the packages of stores and publishers hook in.</summary>
/// <param name="services">The application's services.</param>
public sealed class OrchestratorBuilder(IServiceCollection services)
{
    /// <summary>The application's services.</summary>
    public IServiceCollection Services { get; } = services;
}
