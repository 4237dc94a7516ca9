using System.Net;
using System.Text.Json.Serialization.Metadata;
using Orchestrator.Client.Http;

namespace Orchestrator.Client.Runs;

/// <summary>Create, read and move runs over HTTP.</summary>
internal sealed class HttpRunOperations(ControlCalls calls) : IRunOperations
{
    // A worker names its attempt, and waits for the end of its run.
    private static readonly TimeSpan LongestPauseOfAnEnd = TimeSpan.FromSeconds(5);

    public ValueTask<Result<Receipt<Run>>> CreateAsync(NewRun request, CallContext? context = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        return PostAsync("runs", request, RunsJson.Default.NewRun, HttpStatusCode.Created, context, cancellationToken);
    }

    public async ValueTask<Result<Run>> GetAsync(RunId run, RunDetail detail, CancellationToken cancellationToken = default) => run.IsDefault
        ? LocalRefusals.NoRun
        : await calls.GetAsync($"runs/{run}", RunsJson.Default.RunBody, body => body.ToRun(detail == RunDetail.Full), cancellationToken).ConfigureAwait(false);

    public ValueTask<Result<Page<Run>>> ListAsync(
        RunFilter? filter = null, int limit = 50, string? cursor = null, RunDetail detail = RunDetail.Summary, CancellationToken cancellationToken = default) =>
        calls.GetAsync(
            RunQuery.Of(filter, limit, cursor, detail),
            RunsJson.Default.RunListBody,
            body => new Page<Run>([.. body.Runs.Select(run => run.ToRun())], body.NextCursor),
            cancellationToken);

    public async ValueTask<Result<Receipt<Run>>> TransitionAsync(
        RunId run, TransitionRequest request, CallContext? context = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        return run.IsDefault
            ? LocalRefusals.NoRun
            : await PostAsync(
                $"runs/{run}/transitions",
                MoveBody.From(request),
                RunsJson.Default.MoveBody,
                HttpStatusCode.OK,
                context,
                cancellationToken,
                request.Attempt is null ? null : LongestPauseOfAnEnd).ConfigureAwait(false);
    }

    public async ValueTask<Result<Page<StateTransition>>> GetTransitionsAsync(
        RunId run, PageRequest? page = null, CancellationToken cancellationToken = default) => run.IsDefault
        ? LocalRefusals.NoRun
        : await calls.GetAsync(
            $"runs/{run}/transitions{PageQuery.Of(page)}",
            RunsJson.Default.TransitionListBody,
            body => new Page<StateTransition>([.. body.Transitions.Select(step => step.ToTransition())], body.NextCursor),
            cancellationToken).ConfigureAwait(false);

    public ValueTask<Result<Receipt<Run?>>> ClaimAsync(
        ClaimRequest request, CallContext? context = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        return calls.PostWhenThereIsAsync(
            "runs/claim",
            request.Wait,
            wait => ClaimBody.From(request, wait),
            RunsJson.Default.ClaimBody,
            RunsJson.Default.ClaimedBody,
            body => body?.ToRun(),
            status => status == HttpStatusCode.OK,
            context,
            cancellationToken);
    }

    public async ValueTask<Result<Receipt<Run>>> StartAttemptAsync(
        RunId run, AttemptRequest request, CallContext? context = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        return run.IsDefault
            ? LocalRefusals.NoRun
            : await PostAsync($"runs/{run}/attempts", request, RunsJson.Default.AttemptRequest, HttpStatusCode.Created, context, cancellationToken).ConfigureAwait(false);
    }

    public async ValueTask<Result<Receipt<Run>>> SnoozeAsync(
        RunId run, SnoozeRequest request, CallContext? context = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        return run.IsDefault
            ? LocalRefusals.NoRun
            : await PostAsync($"runs/{run}/snooze", SnoozeBody.From(request), RunsJson.Default.SnoozeBody, HttpStatusCode.OK, context, cancellationToken).ConfigureAwait(false);
    }

    private ValueTask<Result<Receipt<Run>>> PostAsync<T>(
        string path,
        T body,
        JsonTypeInfo<T> type,
        HttpStatusCode done,
        CallContext? context,
        CancellationToken cancellationToken,
        TimeSpan? longestAsked = null) =>
        calls.PostAsync(path, body, type, RunsJson.Default.RunBody, run => run.ToRun(), done, context, cancellationToken, longestAsked);
}
