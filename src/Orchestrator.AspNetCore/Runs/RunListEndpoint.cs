using Microsoft.AspNetCore.Http;
using Orchestrator.AspNetCore.Http;

namespace Orchestrator.AspNetCore.Runs;

/// <summary>Lists runs. Text that is no state, id or label becomes a value that no rule allows, so that every fault is told at once.</summary>
internal sealed class RunListEndpoint(IRunOperations runs)
{
    private const int DefaultLimit = 50;
    private const int MaxLimit = 500;

    public async Task ListAsync(HttpContext context)
    {
        var request = context.Request;
        var faults = new Faults();
        var filter = new RunFilter
        {
            States = [.. Query.All(request, "state").Select(text => RunStates.TryParse(text, out var state) ? state : (RunState)(-1))],
            Health = [.. Query.All(request, "health").Select(text => HealthStatuses.TryParse(text, out var health) ? health : (HealthStatus)(-1))],
            Experiments = [.. Query.All(request, "experiment_id").Select(text => ExperimentId.TryParse(text, out var id) ? id : default)],
            Labels = [.. Query.All(request, "label").Select(ToLabel)],
            CreatedAfter = Query.Time(request, "created_after", ref faults),
            CreatedBefore = Query.Time(request, "created_before", ref faults),
        };
        var limit = Query.Limit(request, DefaultLimit, MaxLimit, ref faults);
        var cursor = Query.Single(request, "cursor", ref faults);
        var detail = Query.Detail(request, ref faults);
        var nonFinite = Query.Switch(request, "non_finite", "null", ref faults) ? NonFinite.AsNull : NonFinite.AsText;
        Page<Run>? page = null;
        if ((faults.ToRefusal() is { } refusal)
            || !(await runs.ListAsync(filter, limit, cursor, detail, context.RequestAborted).ConfigureAwait(false)).TryGet(out page, out refusal))
        {
            await JsonAnswer.WriteAsync(context, refusal).ConfigureAwait(false);
            return;
        }

        var answer = new RunListResponse { Runs = page.Items.Select(run => RunResponse.From(run, nonFinite)), NextCursor = page.Next };
        await JsonAnswer.WriteMomentAsync(context, answer, RunsJson.Default.RunListResponse).ConfigureAwait(false);
    }

    private static KeyValuePair<string, string> ToLabel(string? text)
    {
        var colon = text?.IndexOf(':', StringComparison.Ordinal) ?? -1;
        return colon < 0 ? new("", "") : new(text![..colon], text[(colon + 1)..]);
    }
}
