using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;
using Orchestrator.AspNetCore.Audit;
using Orchestrator.AspNetCore.Bodies;
using Orchestrator.AspNetCore.Http;

namespace Orchestrator.AspNetCore.Runs;

/// <summary>Create, read, move, claim and restart runs.</summary>
internal sealed class RunEndpoints(IRunOperations runs)
{
    private const int MaxManifestBytes = 256 * 1024;
    private const int MaxBodyBytes = 32 * 1024;

    private static readonly BodyParser<CreateRunRequest> ParseCreate = json => BodyJson.ParseStrict(json, RunsJson.Default.CreateRunRequest);
    private static readonly BodyParser<ClaimRunRequest> ParseClaim = json => BodyJson.ParseStrict(json, RunsJson.Default.ClaimRunRequest);
    private static readonly BodyParser<StartAttemptRequest> ParseAttempt = json => BodyJson.ParseStrict(json, RunsJson.Default.StartAttemptRequest);
    private static readonly BodyParser<SnoozeRunRequest> ParseSnooze = json => BodyJson.ParseStrict(json, RunsJson.Default.SnoozeRunRequest);
    private static readonly BodyParser<MoveRunRequest> ParseStrictMove = json => BodyJson.Parse(json, RunsJson.Default.MoveRunRequest);
    private static readonly BodyParser<MoveRunRequest> ParseMove = json => BareNumbers.Parse(json, BarePlaces.FinalReport, ParseStrictMove);

    public async Task CreateAsync(HttpContext context)
    {
        var body = await BodyReader.ReadAsync(context, MaxManifestBytes, ParseCreate).ConfigureAwait(false);
        if (!body.TryGet(out var request, out var refusal)
            || !(await runs.CreateAsync(request.ToNewRun(), Caller.Of(context), context.RequestAborted).ConfigureAwait(false)).TryGet(out var receipt, out refusal))
        {
            await JsonAnswer.WriteAsync(context, refusal).ConfigureAwait(false);
            return;
        }

        var status = receipt.Effect == Effect.Done ? StatusCodes.Status201Created : StatusCodes.Status200OK;
        Location.Below(context, receipt.Value.Id.Value);
        await JsonAnswer.WriteAsync(context, status, RunResponse.From(receipt.Value), RunsJson.Default.RunResponse, receipt.Effect).ConfigureAwait(false);
    }

    public async Task GetAsync(HttpContext context)
    {
        if (!RouteIds.TryGetRun(context, out var id))
        {
            await JsonAnswer.WriteAsync(context, RouteIds.NoRun).ConfigureAwait(false);
            return;
        }

        var faults = new Faults();
        var nonFinite = Query.Switch(context.Request, "non_finite", "null", ref faults) ? NonFinite.AsNull : NonFinite.AsText;
        var detail = HttpMethods.IsHead(context.Request.Method) ? RunDetail.Summary : RunDetail.Full;
        Run? run = null;
        if ((faults.ToRefusal() is { } refusal)
            || !(await runs.GetAsync(id, detail, context.RequestAborted).ConfigureAwait(false)).TryGet(out run, out refusal))
        {
            await JsonAnswer.WriteAsync(context, refusal).ConfigureAwait(false);
            return;
        }

        // Weak: a plain heartbeat moves the counters and not the revision.
        var tag = new EntityTagHeaderValue(string.Create(CultureInfo.InvariantCulture, $"\"{run.Revision}\""), isWeak: true);
        context.Response.Headers.ETag = tag.ToString();
        if (IsKnown(context.Request, tag))
        {
            context.Response.Headers.CacheControl = "no-store";
            context.Response.StatusCode = StatusCodes.Status304NotModified;
            return;
        }

        await JsonAnswer.WriteMomentAsync(context, RunResponse.From(run, nonFinite), RunsJson.Default.RunResponse).ConfigureAwait(false);
    }

    public async Task MoveAsync(HttpContext context)
    {
        if (!RouteIds.TryGetRun(context, out var id))
        {
            await JsonAnswer.WriteAsync(context, RouteIds.NoRun).ConfigureAwait(false);
            return;
        }

        var body = await BodyReader.ReadAsync(context, MaxBodyBytes, ParseMove).ConfigureAwait(false);
        if (!body.TryGet(out var request, out var refusal)
            || !(await runs.TransitionAsync(id, request.ToRequest(), Caller.Of(context), context.RequestAborted).ConfigureAwait(false)).TryGet(out var receipt, out refusal))
        {
            await JsonAnswer.WriteAsync(context, refusal).ConfigureAwait(false);
            return;
        }

        await JsonAnswer.WriteAsync(context, StatusCodes.Status200OK, RunResponse.From(receipt.Value), RunsJson.Default.RunResponse, receipt.Effect).ConfigureAwait(false);
    }

    public async Task ListTransitionsAsync(HttpContext context)
    {
        if (!RouteIds.TryGetRun(context, out var id))
        {
            await JsonAnswer.WriteAsync(context, RouteIds.NoRun).ConfigureAwait(false);
            return;
        }

        var faults = new Faults();
        var request = Query.Page(context.Request, ref faults);
        Page<StateTransition>? page = null;
        if ((faults.ToRefusal() is { } refusal)
            || !(await runs.GetTransitionsAsync(id, request, context.RequestAborted).ConfigureAwait(false)).TryGet(out page, out refusal))
        {
            await JsonAnswer.WriteAsync(context, refusal).ConfigureAwait(false);
            return;
        }

        var answer = new TransitionListResponse { Transitions = page.Items.Select(TransitionResponse.From), NextCursor = page.Next };
        await JsonAnswer.WriteMomentAsync(context, answer, RunsJson.Default.TransitionListResponse).ConfigureAwait(false);
    }

    public async Task ClaimAsync(HttpContext context)
    {
        var body = await BodyReader.ReadAsync(context, MaxBodyBytes, ParseClaim).ConfigureAwait(false);
        if (!body.TryGet(out var request, out var refusal)
            || !(await runs.ClaimAsync(request.ToRequest(), Caller.Of(context), context.RequestAborted).ConfigureAwait(false)).TryGet(out var receipt, out refusal))
        {
            await JsonAnswer.WriteAsync(context, refusal).ConfigureAwait(false);
            return;
        }

        if (receipt.Value is not { } run)
        {
            await JsonAnswer.WriteNothing(context).ConfigureAwait(false);
            return;
        }

        var answer = new ClaimResponse { Run = RunResponse.From(run), ClaimId = run.ClaimId };
        await JsonAnswer.WriteAsync(context, StatusCodes.Status200OK, answer, RunsJson.Default.ClaimResponse, receipt.Effect).ConfigureAwait(false);
    }

    public async Task StartAttemptAsync(HttpContext context)
    {
        if (!RouteIds.TryGetRun(context, out var id))
        {
            await JsonAnswer.WriteAsync(context, RouteIds.NoRun).ConfigureAwait(false);
            return;
        }

        var body = await BodyReader.ReadAsync(context, MaxBodyBytes, ParseAttempt).ConfigureAwait(false);
        if (!body.TryGet(out var request, out var refusal)
            || !(await runs.StartAttemptAsync(id, request.ToRequest(), Caller.Of(context), context.RequestAborted).ConfigureAwait(false)).TryGet(out var receipt, out refusal))
        {
            await JsonAnswer.WriteAsync(context, refusal).ConfigureAwait(false);
            return;
        }

        var status = receipt.Effect == Effect.Done ? StatusCodes.Status201Created : StatusCodes.Status200OK;
        await JsonAnswer.WriteAsync(context, status, RunResponse.From(receipt.Value), RunsJson.Default.RunResponse, receipt.Effect).ConfigureAwait(false);
    }

    public async Task SnoozeAsync(HttpContext context)
    {
        if (!RouteIds.TryGetRun(context, out var id))
        {
            await JsonAnswer.WriteAsync(context, RouteIds.NoRun).ConfigureAwait(false);
            return;
        }

        var body = await BodyReader.ReadAsync(context, MaxBodyBytes, ParseSnooze).ConfigureAwait(false);
        if (!body.TryGet(out var request, out var refusal)
            || !(await runs.SnoozeAsync(id, request.ToRequest(), Caller.Of(context), context.RequestAborted).ConfigureAwait(false)).TryGet(out var receipt, out refusal))
        {
            await JsonAnswer.WriteAsync(context, refusal).ConfigureAwait(false);
            return;
        }

        await JsonAnswer.WriteAsync(context, StatusCodes.Status200OK, RunResponse.From(receipt.Value), RunsJson.Default.RunResponse, receipt.Effect).ConfigureAwait(false);
    }

    private static bool IsKnown(HttpRequest request, EntityTagHeaderValue tag) =>
        EntityTagHeaderValue.TryParseList(request.Headers.IfNoneMatch, out var known)
        && known.Any(one => one.Equals(EntityTagHeaderValue.Any) || one.Compare(tag, useStrongComparison: false));
}
