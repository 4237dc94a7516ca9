using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Orchestrator.AspNetCore.Hosting;

/// <summary>Whether the store answers one small read, and whether it took the last write.</summary>
/// <param name="orchestrator">The orchestrator.</param>
/// <param name="status">What the host knows of its store; <see langword="null"/> where the orchestrator is another host's.</param>
/// <param name="writeFailureStatus">What to report while writes fail.</param>
internal sealed class OrchestratorHealthCheck(
    IOrchestrator orchestrator, IStoreStatus? status, Microsoft.Extensions.Diagnostics.HealthChecks.HealthStatus writeFailureStatus) : IHealthCheck
{
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        var result = await orchestrator.Runs.ListAsync(limit: 1, cancellationToken: cancellationToken).ConfigureAwait(false);
        return result.Refusal is { } refusal ? new HealthCheckResult(context.Registration.FailureStatus, refusal.Message)
            : status?.AreWritesFailing == true ? new HealthCheckResult(writeFailureStatus, "The store answers reads; the last write failed.")
            : HealthCheckResult.Healthy("The store answers.");
    }
}
