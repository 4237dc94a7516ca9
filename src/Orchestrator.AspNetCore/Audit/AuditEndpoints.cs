using Microsoft.AspNetCore.Http;
using Orchestrator.AspNetCore.Http;

namespace Orchestrator.AspNetCore.Audit;

/// <summary>Read and verify who did what to a run.</summary>
internal sealed class AuditEndpoints(IAuditOperations audit)
{
    public async Task ListAsync(HttpContext context)
    {
        if (!RouteIds.TryGetRun(context, out var run))
        {
            await JsonAnswer.WriteAsync(context, RouteIds.NoRun).ConfigureAwait(false);
            return;
        }

        var faults = new Faults();
        var request = Query.Page(context.Request, ref faults);
        Page<AuditEntry>? page = null;
        if ((faults.ToRefusal() is { } refusal)
            || !(await audit.ListAsync(run, request, context.RequestAborted).ConfigureAwait(false)).TryGet(out page, out refusal))
        {
            await JsonAnswer.WriteAsync(context, refusal).ConfigureAwait(false);
            return;
        }

        var answer = new AuditListResponse { Entries = page.Items.Select(AuditEntryResponse.From), NextCursor = page.Next };
        await JsonAnswer.WriteMomentAsync(context, answer, AuditJson.Default.AuditListResponse).ConfigureAwait(false);
    }

    public async Task VerifyAsync(HttpContext context)
    {
        if (HttpMethods.IsHead(context.Request.Method))
        {
            // The headers are those of the list, and nothing is recomputed for them.
            await ListAsync(context).ConfigureAwait(false);
            return;
        }

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
