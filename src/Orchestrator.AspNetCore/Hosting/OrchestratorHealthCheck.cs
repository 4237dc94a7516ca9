using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Orchestrator.AspNetCore.Hosting;

/// <summary>Whether the store answers, found out by one small read.</summary>
internal sealed class OrchestratorHealthCheck(IOrchestrator orchestrator) : IHealthCheck
{
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        var result = await orchestrator.Runs.ListAsync(limit: 1, cancellationToken: cancellationToken).ConfigureAwait(false);
        return result.Refusal is { } refusal
            ? new HealthCheckResult(context.Registration.FailureStatus, refusal.Message)
            : HealthCheckResult.Healthy("The store answers.");
    }
}
