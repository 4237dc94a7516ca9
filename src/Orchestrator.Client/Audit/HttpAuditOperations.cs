using Orchestrator.Client.Http;

namespace Orchestrator.Client.Audit;

/// <summary>Read and verify who did what to a run over HTTP.</summary>
internal sealed class HttpAuditOperations(ControlCalls calls) : IAuditOperations
{
    public async ValueTask<Result<Page<AuditEntry>>> ListAsync(RunId run, PageRequest? page = null, CancellationToken cancellationToken = default) => run.IsDefault
        ? LocalRefusals.NoRun
        : await calls.GetAsync(
            $"runs/{run}/audit{PageQuery.Of(page)}",
            AuditJson.Default.AuditListBody,
            body => new Page<AuditEntry>(body.Entries, body.NextCursor),
            cancellationToken).ConfigureAwait(false);

    public async ValueTask<Result<AuditVerdict>> VerifyAsync(RunId run, CancellationToken cancellationToken = default) => run.IsDefault
        ? LocalRefusals.NoRun
        : await calls.GetAsync($"runs/{run}/audit/verify", AuditJson.Default.AuditVerdict, body => body, cancellationToken).ConfigureAwait(false);
}
