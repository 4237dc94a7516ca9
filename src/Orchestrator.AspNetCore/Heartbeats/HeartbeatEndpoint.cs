using Microsoft.AspNetCore.Http;
using Orchestrator.AspNetCore.Bodies;
using Orchestrator.AspNetCore.Commands;
using Orchestrator.AspNetCore.Http;
using Orchestrator.AspNetCore.Runs;

namespace Orchestrator.AspNetCore.Heartbeats;

/// <summary>Takes one heartbeat.</summary>
internal sealed class HeartbeatEndpoint(IOrchestrator orchestrator, HeartbeatOptions options)
{
    private static readonly BodyParser<HeartbeatRequest> ParseStrict = json => BodyJson.Parse(json, HeartbeatsJson.Default.HeartbeatRequest);
    private static readonly BodyParser<HeartbeatRequest> Parse = json => BareNumbers.Parse(json, BarePlaces.Heartbeat, ParseStrict);

    public async Task ReportAsync(HttpContext context)
    {
        if (!RouteIds.TryGetRun(context, out var run))
        {
            await JsonAnswer.WriteAsync(context, RouteIds.NoRun).ConfigureAwait(false);
            return;
        }

        var read = await BodyReader.ReadAsync(context, options.MaxBodyBytes, Parse).ConfigureAwait(false);
        var faults = new Faults();
        var commands = Query.Integer(context.Request, "commands", ref faults);
        var detail = Query.Detail(context.Request, ref faults);
        if (!read.TryGet(out var request, out var refusal) || (refusal = faults.ToRefusal()) is not null)
        {
            // The engine never sees this heartbeat, and its worker must be seen.
            if (!context.RequestAborted.IsCancellationRequested)
            {
                await orchestrator.Heartbeats.NoteUnreadableAsync(run, refusal.Code, CancellationToken.None).ConfigureAwait(false);
            }

            await JsonAnswer.WriteAsync(context, refusal).ConfigureAwait(false);
            return;
        }

        var result = await orchestrator.Heartbeats.ReportAsync(run, request.ToHeartbeat(run), commands ?? 0, context.RequestAborted).ConfigureAwait(false);
        if (!result.TryGet(out var receipt, out refusal))
        {
            if (options.Tolerant && NotStoredResponse.For(refusal, request.Beat) is { } notStored)
            {
                await JsonAnswer.WriteAsync(context, StatusCodes.Status202Accepted, notStored, HeartbeatsJson.Default.NotStoredResponse).ConfigureAwait(false);
                return;
            }

            await JsonAnswer.WriteAsync(context, refusal).ConfigureAwait(false);
            return;
        }

        var stands = receipt.Run;
        if (detail == RunDetail.Full && !(await orchestrator.Runs.GetAsync(run, context.RequestAborted).ConfigureAwait(false)).TryGet(out stands, out refusal))
        {
            await JsonAnswer.WriteAsync(context, refusal).ConfigureAwait(false);
            return;
        }

        await WriteAsync(context, stands, commands is null ? null : receipt.Commands).ConfigureAwait(false);
    }

    private static Task WriteAsync(HttpContext context, Run run, IReadOnlyList<Command>? commands) => commands is null
        ? JsonAnswer.WriteAsync(context, StatusCodes.Status200OK, run, RunWriter.Write)
        : JsonAnswer.WriteAsync(
            context,
            StatusCodes.Status200OK,
            new HeartbeatResponse { Run = RunResponse.From(run), Commands = commands.Select(CommandResponse.From) },
            HeartbeatsJson.Default.HeartbeatResponse);
}
