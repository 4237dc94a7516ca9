using Microsoft.Extensions.Diagnostics.HealthChecks;
using Orchestrator;
using Orchestrator.AspNetCore.Hosting;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Adds the orchestrator to the health checks of an application.</summary>
public static class OrchestratorHealthChecksBuilderExtensions
{
    /// <summary>Adds a check that the store of the orchestrator answers, and takes writes.</summary>
    /// <param name="builder">The health checks of the application.</param>
    /// <param name="name">The name of the check. Default <c>orchestrator</c>.</param>
    /// <param name="failureStatus">What to report when the store does not answer; <see langword="null"/> for unhealthy.</param>
    /// <param name="tags">Tags to filter checks by.</param>
    /// <param name="timeout">How long to wait for the store; <see langword="null"/> for as long as it takes.</param>
    /// <param name="writeFailureStatus">What to report when the store answers reads, a write failed, and none has succeeded since. Default degraded.</param>
    public static IHealthChecksBuilder AddOrchestrator(
        this IHealthChecksBuilder builder,
        string name = "orchestrator",
        Microsoft.Extensions.Diagnostics.HealthChecks.HealthStatus? failureStatus = null,
        IEnumerable<string>? tags = null,
        TimeSpan? timeout = null,
        Microsoft.Extensions.Diagnostics.HealthChecks.HealthStatus writeFailureStatus = Microsoft.Extensions.Diagnostics.HealthChecks.HealthStatus.Degraded)
    {
        ArgumentNullException.ThrowIfNull(builder);
        return builder.Add(new HealthCheckRegistration(
            name,
            services => new OrchestratorHealthCheck(services.GetRequiredService<IOrchestrator>(), services.GetService<IStoreStatus>(), writeFailureStatus),
            failureStatus,
            tags,
            timeout));
    }
}
