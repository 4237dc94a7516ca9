using Orchestrator.Core.Diagnostics;
using Orchestrator.Core.Sealing;
using Orchestrator.Core.Storage;
using Orchestrator.Storage;

namespace Orchestrator.Core.Runs;

/// <summary>Hands queued runs to workers. Of all that wait for the same labels on this host, one at a time looks into the queue.</summary>
internal sealed class Claims(
    RunExecutor executor, IRunStore store, Gates<string> gates, OrchestratorOptions options, Telemetry telemetry)
{
    private const int PageSize = 16;

    public async ValueTask<Result<Receipt<Run?>>> ClaimAsync(ClaimRequest request, CallContext context, CancellationToken cancellationToken)
    {
        request = request with { Labels = new Dictionary<string, string>(request.Labels, StringComparer.Ordinal) };
        var call = context.IdempotencyKey is null
            ? new Call("runs.claim", context)
            : Call.Remembered("runs.claim", "", context, RequestHash.Of(request));
        var first = await LookAsync(cancellationToken).ConfigureAwait(false);
        if (first.Found is { } found)
        {
            return found;
        }

        if (request.Wait == TimeSpan.Zero)
        {
            return Nothing;
        }

        telemetry.Parked("claim", +1);
        try
        {
            return await gates.WaitThroughOutagesAsync(KeyOf(request.Labels), request.Wait, LookAsync, cancellationToken).ConfigureAwait(false) ?? Nothing;
        }
        finally
        {
            telemetry.Parked("claim", -1);
        }

        async ValueTask<Look<Result<Receipt<Run?>>>> LookAsync(CancellationToken end)
        {
            try
            {
                return new(await TakeAsync(request, call, end).ConfigureAwait(false), store.Traits.LookAgain);
            }
            catch (StoreUnavailableException fault)
            {
                telemetry.StoreUnavailable(fault);
                return new(Refusals.StoreUnavailable(), default);
            }
        }
    }

    private static Result<Receipt<Run?>> Nothing => new Receipt<Run?>(null, Effect.None);

    /// <summary>The run that the same call got before, the run that the worker holds, or the first queued one that it wins.</summary>
    private async ValueTask<Result<Receipt<Run?>>?> TakeAsync(ClaimRequest request, Call call, CancellationToken cancellationToken)
    {
        if (await FindReplayAsync(request, call, cancellationToken).ConfigureAwait(false) is { } replay)
        {
            return replay;
        }

        while (true)
        {
            // The queue is read first: what another call of the worker takes from it meanwhile is found among the runs that it holds.
            var queued = await store.FindQueuedAsync(request.Labels, PageSize, cancellationToken).ConfigureAwait(false);
            var held = await store.FindHeldAsync(request.WorkerId, cancellationToken).ConfigureAwait(false);
            if (await TryEachAsync(held, request, call, cancellationToken).ConfigureAwait(false) is { } again)
            {
                return again;
            }

            if (await TryEachAsync(queued, request, call, cancellationToken).ConfigureAwait(false) is { } taken)
            {
                return taken;
            }

            // A run that the worker held may have gone back to the queue between the two reads.
            if (queued.Count < PageSize && (await store.FindQueuedAsync(request.Labels, 1, cancellationToken).ConfigureAwait(false)).Count == 0)
            {
                return null;
            }
        }
    }

    /// <summary>Takes the first of these runs that the worker gets; <see langword="null"/> when it gets none.</summary>
    private async ValueTask<Result<Receipt<Run?>>?> TryEachAsync(
        IReadOnlyList<RunHead> heads, ClaimRequest request, Call call, CancellationToken cancellationToken)
    {
        foreach (var head in heads)
        {
            var lookup = new RunLookup(head.Id, Manifest: true, IdempotencyKey: call.Key);
            var result = await executor
                .ExecuteAsync<ClaimDecider, Effect>(lookup, new ClaimDecider(head.Id, request, options), call, cancellationToken)
                .ConfigureAwait(false);
            if (result.TryGet(out var outcome, out var refusal) && outcome.Replayed is null)
            {
                return new Receipt<Run?>(new Run(outcome.Head, outcome.Progress, outcome.Manifest), outcome.Answer);
            }

            // The same call was faster.
            if (refusal is null or { Code: RefusalCode.IdempotencyKeyReused }
                && await FindReplayAsync(request, call, cancellationToken).ConfigureAwait(false) is { } replay)
            {
                return replay;
            }

            if (refusal is not null and not { Code: RefusalCode.RunNotFound })
            {
                return refusal;
            }
        }

        return null;
    }

    private async ValueTask<Result<Receipt<Run?>>?> FindReplayAsync(ClaimRequest request, Call call, CancellationToken cancellationToken)
    {
        if (call.Key is null || await store.FindByKeyAsync(call.Key, cancellationToken).ConfigureAwait(false) is not { } run)
        {
            return null;
        }

        var view = await store.LoadOneAsync(new RunLookup(run, Manifest: true, IdempotencyKey: call.Key), cancellationToken).ConfigureAwait(false);
        return view?.Idempotency?.RequestHash != call.RequestHash ? Refusals.IdempotencyKeyReused()
            : view!.Head.WorkerId != request.WorkerId ? Refusals.StaleAttempt(view.Head)
            : new Receipt<Run?>(new Run(view.Head, view.Progress, view.Manifest), Effect.Replayed);
    }

    private static string KeyOf(IReadOnlyDictionary<string, string> labels) =>
        string.Join('\n', labels.OrderBy(label => label.Key, StringComparer.Ordinal).Select(label => $"{label.Key}:{label.Value.Length}:{label.Value}"));
}
