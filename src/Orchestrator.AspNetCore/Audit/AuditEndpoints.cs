using Microsoft.AspNetCore.Http;
using Orchestrator.AspNetCore.Http;

namespace Orchestrator.AspNetCore.Audit;

/// <summary>Read and verify who did what to a run.</summary>
internal sealed class AuditEndpoints(IAuditOperations audit)
{
    public async Task ListAsync(HttpContext context)
    {
        var result = RouteIds.TryGetRun(context, out var run)
            ? await audit.ListAsync(run, context.RequestAborted).ConfigureAwait(false)
            : RouteIds.NoRun;
        if (!result.TryGet(out var entries, out var refusal))
        {
            await JsonAnswer.WriteAsync(context, refusal).ConfigureAwait(false);
            return;
        }

        var answer = new AuditListResponse { Entries = entries.Select(AuditEntryResponse.From) };
        await JsonAnswer.WriteMomentAsync(context, answer, AuditJson.Default.AuditListResponse).ConfigureAwait(false);
    }

    public async Task VerifyAsync(HttpContext context)
    {
        var result = RouteIds.TryGetRun(context, out var run)
            ? await audit.VerifyAsync(run, context.RequestAborted).ConfigureAwait(false)
            : RouteIds.NoRun;
        if (!result.TryGet(out var verdict, out var refusal))
        {
            await JsonAnswer.WriteAsync(context, refusal).ConfigureAwait(false);
            return;
        }

        var answer = new AuditVerdictResponse
        {
            Valid = verdict.Valid,
            Entries = verdict.Entries,
            FirstBroken = verdict.FirstBroken,
            UnknownVersion = verdict.UnknownVersion,
        };
        await JsonAnswer.WriteMomentAsync(context, answer, AuditJson.Default.AuditVerdictResponse).ConfigureAwait(false);
    }
}
