using System.Collections.Frozen;
using System.Security.Cryptography;
using Orchestrator.Core.Diagnostics;
using Orchestrator.Core.Sealing;
using Orchestrator.Core.Storage;
using Orchestrator.Storage;

namespace Orchestrator.Core.Runs;

/// <summary>
/// Hands runs to workers. Runs that the caller holds are read once, when the call arrives; a call that waits takes queued runs only. Of all that wait for
/// the same runs on this host, one at a time reads the queue.
/// </summary>
internal sealed class Claims(
    RunExecutor executor, IRunStore store, Gates<ClaimKey> gates, OrchestratorOptions options, Telemetry telemetry)
{
    private const int PageSize = 16;

    // While other callers take what was read, further runs may be queued: only an empty page says that there is none. So many full ones in a row mean that
    // the store lists what this engine does not hand out.
    private const int MaxPages = 64;

    // Runs of one worker id that are read for one claim, at most.
    private const int MaxHeld = 4_096;
    private const int HeldGrowth = 4;

    public async ValueTask<Result<Receipt<Run?>>> ClaimAsync(ClaimRequest request, CallContext context, CancellationToken cancellationToken)
    {
        request = request with { Labels = Own(request.Labels), Offers = Own(request.Offers) };
        var filter = new QueueFilter { Labels = request.Labels, Offers = request.Offers };
        var attempt = new Claiming(request, filter, Call.Remembered("runs.claim", "", context, RequestHash.Of(request)));
        try
        {
            if (await FindReplayAsync(attempt, cancellationToken).ConfigureAwait(false) is { } replay)
            {
                return replay;
            }

            if (request.Run is { } asked)
            {
                return await TryAsync(asked, attempt, cancellationToken).ConfigureAwait(false);
            }

            if (await TakeHeldAsync(attempt, cancellationToken).ConfigureAwait(false) is { } held)
            {
                return held;
            }

            if (await TakeQueuedAsync(attempt, cancellationToken).ConfigureAwait(false) is { } queued)
            {
                return queued;
            }
        }
        catch (StoreUnavailableException fault)
        {
            telemetry.StoreUnavailable();
            return Refusals.StoreUnavailable(fault);
        }

        return request.Wait == TimeSpan.Zero ? Nothing : await WaitAsync(attempt, cancellationToken).ConfigureAwait(false);
    }

    private static Result<Receipt<Run?>> Nothing => new Receipt<Run?>(null, Effect.None);

    private async ValueTask<Result<Receipt<Run?>>> WaitAsync(Claiming claiming, CancellationToken cancellationToken)
    {
        var wait = claiming.Request.Wait < options.Limits.MaxWait ? claiming.Request.Wait : options.Limits.MaxWait;
        telemetry.Parked("claim", +1);
        try
        {
            var found = await gates
                .WaitThroughOutagesAsync(new ClaimKey(claiming.Filter), wait, LookAsync, cancellationToken)
                .ConfigureAwait(false);
            return found ?? Nothing;
        }
        finally
        {
            telemetry.Parked("claim", -1);
        }

        async ValueTask<Look<Result<Receipt<Run?>>>> LookAsync(CancellationToken end)
        {
            try
            {
                return new(await TakeQueuedAsync(claiming, end).ConfigureAwait(false), store.Traits.LookAgain);
            }
            catch (StoreUnavailableException fault)
            {
                telemetry.StoreUnavailable();
                return new(Refusals.StoreUnavailable(fault), default);
            }
        }
    }

    /// <summary>A run that is the worker's by its id already: assigned to it, or handed to it before.</summary>
    private async ValueTask<Result<Receipt<Run?>>?> TakeHeldAsync(Claiming claiming, CancellationToken cancellationToken)
    {
        var unheard = await TakeHeldAsync(claiming, isStarted: false, cancellationToken).ConfigureAwait(false);
        return unheard is null && claiming.Request.Takeover
            ? await TakeHeldAsync(claiming, isStarted: true, cancellationToken).ConfigureAwait(false)
            : unheard;
    }

    /// <summary>Other callers may hold many runs under the same worker id, so what is read grows until the worker id holds no more.</summary>
    private async ValueTask<Result<Receipt<Run?>>?> TakeHeldAsync(Claiming claiming, bool isStarted, CancellationToken cancellationToken)
    {
        for (var limit = PageSize; ; limit *= HeldGrowth)
        {
            var held = await store.FindHeldAsync(claiming.Request.WorkerId, isStarted, limit, cancellationToken).ConfigureAwait(false);
            var own = held.Where(head => ClaimDecider.IsHolder(head, claiming.Request, claiming.Call.Context)).ToList();
            var taken = await TryEachAsync(own, claiming, cancellationToken).ConfigureAwait(false);
            if (taken is not null || held.Count < limit || limit >= MaxHeld)
            {
                return taken;
            }
        }
    }

    private async ValueTask<Result<Receipt<Run?>>?> TakeQueuedAsync(Claiming claiming, CancellationToken cancellationToken)
    {
        for (var page = 0; page < MaxPages; page++)
        {
            var queued = await store.FindQueuedAsync(claiming.Filter, PageSize, cancellationToken).ConfigureAwait(false);
            var taken = await TryEachAsync(queued, claiming, cancellationToken).ConfigureAwait(false);
            if (taken is not null || queued.Count == 0)
            {
                return taken;
            }
        }

        return null;
    }

    /// <summary>Takes the first of these runs that the caller gets; <see langword="null"/> when it gets none.</summary>
    private async ValueTask<Result<Receipt<Run?>>?> TryEachAsync(IReadOnlyList<RunHead> heads, Claiming claiming, CancellationToken cancellationToken)
    {
        foreach (var head in heads)
        {
            var result = await TryAsync(head.Id, claiming, cancellationToken).ConfigureAwait(false);
            if (result.Refusal is not { Code: RefusalCode.RunNotFound or RefusalCode.InvalidState })
            {
                return result;
            }
        }

        return null;
    }

    private async ValueTask<Result<Receipt<Run?>>> TryAsync(RunId run, Claiming claiming, CancellationToken cancellationToken)
    {
        var (request, filter, call) = claiming;
        var claimId = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));
        var decider = new ClaimDecider(run, request, filter, claimId, call.Context, options);
        var lookup = new RunLookup(run, Manifest: true, IdempotencyKey: call.Key);
        var result = await executor.ExecuteAsync<ClaimDecider, Effect>(lookup, decider, call, cancellationToken).ConfigureAwait(false);
        if (result.TryGet(out var outcome, out var refusal) && outcome.Replayed is null)
        {
            return Answer(outcome.Head, outcome.Progress, outcome.Manifest, outcome.Answer);
        }

        // The same call was faster.
        if (refusal is null or { Code: RefusalCode.IdempotencyKeyReused }
            && await FindReplayAsync(claiming, cancellationToken).ConfigureAwait(false) is { } replay)
        {
            return replay;
        }

        return refusal ?? Refusals.IdempotencyKeyReused();
    }

    /// <summary>What the same call got before, as long as the attempt that it got is current.</summary>
    private async ValueTask<Result<Receipt<Run?>>?> FindReplayAsync(Claiming claiming, CancellationToken cancellationToken)
    {
        var call = claiming.Call;
        if (call.Key is null || await store.FindByKeyAsync(call.Key, cancellationToken).ConfigureAwait(false) is not { } run)
        {
            return null;
        }

        var view = await store.LoadOneAsync(new RunLookup(run, Manifest: true, IdempotencyKey: call.Key), cancellationToken).ConfigureAwait(false);
        if (view?.Idempotency is not { } record || record.RequestHash != call.RequestHash)
        {
            return Refusals.IdempotencyKeyReused();
        }

        return (record.Attempt ?? view.Head.Attempt) == view.Head.Attempt && view.Head.WorkerId == claiming.Request.WorkerId
            ? Answer(view.Head, view.Progress, view.Manifest, Effect.Replayed)
            : Refusals.StaleAttempt(view.Head);
    }

    private static Receipt<Run?> Answer(RunHead head, RunProgress progress, RunManifest? manifest, Effect effect) =>
        new(new Run(head, progress, manifest, head.Claim?.Id), effect);

    private static IReadOnlyDictionary<string, string> Own(IReadOnlyDictionary<string, string> pairs) =>
        pairs.Count == 0 ? FrozenDictionary<string, string>.Empty : new Dictionary<string, string>(pairs, StringComparer.Ordinal);

    /// <summary>A claim under way.</summary>
    private readonly record struct Claiming(ClaimRequest Request, QueueFilter Filter, Call Call);
}
