using Orchestrator.Client.Http;

namespace Orchestrator.Client.Audit;

/// <summary>Read and verify who did what to a run over HTTP.</summary>
internal sealed class HttpAuditOperations(ControlCalls calls) : IAuditOperations
{
    public async ValueTask<Result<IReadOnlyList<AuditEntry>>> ListAsync(RunId run, CancellationToken cancellationToken = default) => run.IsDefault
        ? LocalRefusals.NoRun
        : await calls.GetAsync($"runs/{run}/audit", AuditJson.Default.AuditListBody, body => body.Entries, cancellationToken).ConfigureAwait(false);

    public async ValueTask<Result<AuditVerdict>> VerifyAsync(RunId run, CancellationToken cancellationToken = default) => run.IsDefault
        ? LocalRefusals.NoRun
        : await calls.GetAsync($"runs/{run}/audit/verify", AuditJson.Default.AuditVerdict, body => body, cancellationToken).ConfigureAwait(false);
}
