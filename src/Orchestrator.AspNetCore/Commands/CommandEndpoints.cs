using Microsoft.AspNetCore.Http;
using Orchestrator.AspNetCore.Audit;
using Orchestrator.AspNetCore.Bodies;
using Orchestrator.AspNetCore.Http;

namespace Orchestrator.AspNetCore.Commands;

/// <summary>Give commands to runs, hand them to workers, take their answers, and read them.</summary>
internal sealed class CommandEndpoints(ICommandOperations commands)
{
    private const int MaxBodyBytes = 32 * 1024;

    private static readonly BodyParser<CommandRequest> ParseCommand = json => BodyJson.ParseStrict(json, CommandsJson.Default.CommandRequest);

    private static readonly BodyParser<AcknowledgementRequest> ParseAcknowledgement =
        json => json.IsEmpty ? new AcknowledgementRequest() : BodyJson.Parse(json, CommandsJson.Default.AcknowledgementRequest);

    public async Task EnqueueAsync(HttpContext context)
    {
        if (!RouteIds.TryGetRun(context, out var run))
        {
            await JsonAnswer.WriteAsync(context, RouteIds.NoRun).ConfigureAwait(false);
            return;
        }

        var body = await BodyReader.ReadAsync(context, MaxBodyBytes, ParseCommand).ConfigureAwait(false);
        if (!body.TryGet(out var request, out var refusal)
            || !(await commands.EnqueueAsync(run, request.ToCommand(), Caller.Of(context), context.RequestAborted).ConfigureAwait(false)).TryGet(out var receipt, out refusal))
        {
            await JsonAnswer.WriteAsync(context, refusal).ConfigureAwait(false);
            return;
        }

        var status = receipt.Effect == Effect.Done ? StatusCodes.Status202Accepted : StatusCodes.Status200OK;
        Location.Below(context, receipt.Value.Id.Value);
        await WriteAsync(context, status, receipt).ConfigureAwait(false);
    }

    public async Task NextAsync(HttpContext context)
    {
        if (!RouteIds.TryGetRun(context, out var run))
        {
            await JsonAnswer.WriteAsync(context, RouteIds.NoRun).ConfigureAwait(false);
            return;
        }

        var faults = new Faults();
        var wait = Query.Wait(context.Request, ref faults);
        var attempt = Query.Integer(context.Request, "attempt", ref faults);
        var claimId = Query.Single(context.Request, "claim_id", ref faults);
        Command? command = null;
        if ((faults.ToRefusal() is { } refusal)
            || !(await commands.NextAsync(run, wait, attempt, claimId, context.RequestAborted).ConfigureAwait(false)).TryGet(out command, out refusal))
        {
            await JsonAnswer.WriteAsync(context, refusal).ConfigureAwait(false);
            return;
        }

        await (command is null
            ? JsonAnswer.WriteNothing(context)
            : JsonAnswer.WriteMomentAsync(context, CommandResponse.From(command), CommandsJson.Default.CommandResponse)).ConfigureAwait(false);
    }

    public async Task AcknowledgeAsync(HttpContext context)
    {
        if (!TryGetIds(context, out var run, out var id, out var refusal))
        {
            await JsonAnswer.WriteAsync(context, refusal).ConfigureAwait(false);
            return;
        }

        var body = await BodyReader.ReadAsync(context, MaxBodyBytes, ParseAcknowledgement, optional: true).ConfigureAwait(false);
        if (!body.TryGet(out var request, out refusal)
            || !(await commands.AcknowledgeAsync(run, id, request.ToAcknowledgement(), Caller.Of(context), context.RequestAborted).ConfigureAwait(false)).TryGet(out var receipt, out refusal))
        {
            await JsonAnswer.WriteAsync(context, refusal).ConfigureAwait(false);
            return;
        }

        await WriteAsync(context, StatusCodes.Status200OK, receipt).ConfigureAwait(false);
    }

    public async Task GetAsync(HttpContext context)
    {
        Command? command = null;
        if (!TryGetIds(context, out var run, out var id, out var refusal)
            || !(await commands.GetAsync(run, id, context.RequestAborted).ConfigureAwait(false)).TryGet(out command, out refusal))
        {
            await JsonAnswer.WriteAsync(context, refusal).ConfigureAwait(false);
            return;
        }

        await JsonAnswer.WriteMomentAsync(context, CommandResponse.From(command), CommandsJson.Default.CommandResponse).ConfigureAwait(false);
    }

    public async Task ListAsync(HttpContext context)
    {
        if (!RouteIds.TryGetRun(context, out var run))
        {
            await JsonAnswer.WriteAsync(context, RouteIds.NoRun).ConfigureAwait(false);
            return;
        }

        var faults = new Faults();
        var request = Query.Page(context.Request, ref faults);
        Page<Command>? page = null;
        if ((faults.ToRefusal() is { } refusal)
            || !(await commands.ListAsync(run, request, context.RequestAborted).ConfigureAwait(false)).TryGet(out page, out refusal))
        {
            await JsonAnswer.WriteAsync(context, refusal).ConfigureAwait(false);
            return;
        }

        var answer = new CommandListResponse { Commands = page.Items.Select(CommandResponse.From), NextCursor = page.Next };
        await JsonAnswer.WriteMomentAsync(context, answer, CommandsJson.Default.CommandListResponse).ConfigureAwait(false);
    }

    private static Task WriteAsync(HttpContext context, int status, Receipt<Command> receipt) =>
        JsonAnswer.WriteAsync(context, status, CommandResponse.From(receipt.Value), CommandsJson.Default.CommandResponse, receipt.Effect);

    private static bool TryGetIds(
        HttpContext context, out RunId run, out CommandId command, [System.Diagnostics.CodeAnalysis.NotNullWhen(false)] out Refusal? refusal)
    {
        command = default;
        refusal = !RouteIds.TryGetRun(context, out run) ? RouteIds.NoRun
            : !RouteIds.TryGetCommand(context, out command) ? RouteIds.NoCommand
            : null;
        return refusal is null;
    }
}
