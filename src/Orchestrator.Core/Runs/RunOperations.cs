using Orchestrator.Core.Diagnostics;
using Orchestrator.Core.Lifecycle;
using Orchestrator.Core.Listing;
using Orchestrator.Core.Sealing;
using Orchestrator.Core.Storage;
using Orchestrator.Core.Validation;
using Orchestrator.Storage;

namespace Orchestrator.Core.Runs;

internal sealed class RunOperations(
    RunExecutor executor, RunPages pages, IRunStore store, Claims claims, OrchestratorOptions options, Telemetry telemetry) : IRunOperations
{
    public async ValueTask<Result<Receipt<Run>>> CreateAsync(NewRun request, CallContext? context = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        request = Normal.Of(request);
        context ??= CallContext.Empty;
        if (RunValidation.Check(request, context) is { } invalid)
        {
            return invalid;
        }

        request = Owned(request, context);
        var call = Call.Remembered("runs.create", "", context, RequestHash.Of(request));
        var now = default(DateTimeOffset);
        RunId? given = request.Id ?? (call.DerivedId is { } derived ? RunId.Parse(derived) : null);
        if (given is null && !(await executor.NowAsync(cancellationToken).ConfigureAwait(false)).TryGet(out now, out var unavailable))
        {
            return unavailable;
        }

        var id = given ?? RunId.New(now);
        var decider = new CreateDecider(id, request, context.Principal, options);
        return await ExecuteAsync(id, decider, call, cancellationToken).ConfigureAwait(false);
    }

    public async ValueTask<Result<Run>> GetAsync(RunId run, RunDetail detail, CancellationToken cancellationToken = default)
    {
        var result = await executor.LoadAsync(new RunLookup(run, Manifest: detail == RunDetail.Full), cancellationToken).ConfigureAwait(false);
        return result.TryGet(out var view, out var refusal) ? new Run(view.Head, view.Progress, view.Manifest) : refusal;
    }

    public async ValueTask<Result<Page<Run>>> ListAsync(
        RunFilter? filter = null, int limit = 50, string? cursor = null, RunDetail detail = RunDetail.Summary, CancellationToken cancellationToken = default)
    {
        filter = filter is null ? new RunFilter() : Normal.Of(filter);
        if (RunValidation.Check(filter, limit) is { } invalid)
        {
            return invalid;
        }

        try
        {
            var page = detail == RunDetail.Full
                ? await FullPage.ReadAsync(store, filter, limit, cursor, cancellationToken).ConfigureAwait(false)
                : await store.ListAsync(filter, limit, cursor, detail, cancellationToken).ConfigureAwait(false);
            return new Page<Run>([.. page.Items.Select(view => new Run(view.Head, view.Progress, view.Manifest))], page.Next);
        }
        catch (FormatException)
        {
            var faults = new Faults();
            faults.Add("cursor", Rules.Cursor);
            return faults.ToRefusal()!;
        }
        catch (StoreUnavailableException fault)
        {
            telemetry.StoreUnavailable();
            return Refusals.StoreUnavailable(fault);
        }
    }

    public async ValueTask<Result<Receipt<Run>>> TransitionAsync(
        RunId run, TransitionRequest request, CallContext? context = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        request = Normal.Of(request);
        context ??= CallContext.Empty;
        if (RunValidation.Check(request, context) is { } invalid)
        {
            return invalid;
        }

        var call = Call.Remembered("runs.transition", run.ToString(), context, RequestHash.Of(request));
        var decider = new TransitionDecider(run, request, Acting.From(request.Actor, context), options);
        return await ExecuteAsync(run, decider, call, cancellationToken).ConfigureAwait(false);
    }

    public ValueTask<Result<Page<StateTransition>>> GetTransitionsAsync(RunId run, PageRequest? page = null, CancellationToken cancellationToken = default) =>
        pages.ReadAsync(run, page, head => head.Transitions, store.ReadTransitionsAsync, step => step.Sequence, cancellationToken);

    public async ValueTask<Result<Receipt<Run?>>> ClaimAsync(
        ClaimRequest request, CallContext? context = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        context ??= CallContext.Empty;
        return RunValidation.Check(request, context) is { } invalid
            ? invalid
            : await claims.ClaimAsync(request, context, cancellationToken).ConfigureAwait(false);
    }

    public async ValueTask<Result<Receipt<Run>>> StartAttemptAsync(
        RunId run, AttemptRequest request, CallContext? context = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        context ??= CallContext.Empty;
        if (RunValidation.Check(request, context) is { } invalid)
        {
            return invalid;
        }

        var call = Call.Remembered("runs.attempt", run.ToString(), context, RequestHash.Of(request));
        var decider = new AttemptDecider(run, request, Acting.From(request.Actor, context), options);
        return await ExecuteAsync(run, decider, call, cancellationToken).ConfigureAwait(false);
    }

    public async ValueTask<Result<Receipt<Run>>> SnoozeAsync(
        RunId run, SnoozeRequest request, CallContext? context = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        request = Normal.Of(request);
        context ??= CallContext.Empty;
        if (RunValidation.Check(request, context) is { } invalid)
        {
            return invalid;
        }

        var call = Call.Remembered("runs.snooze", run.ToString(), context, RequestHash.Of(request));
        var decider = new SnoozeDecider(run, request, Acting.From(request.Actor, context), options);
        return await ExecuteAsync(run, decider, call, cancellationToken).ConfigureAwait(false);
    }

    private async ValueTask<Result<Receipt<Run>>> ExecuteAsync<TDecider>(
        RunId run, TDecider decider, Call call, CancellationToken cancellationToken)
        where TDecider : IDecider<Effect>
    {
        var lookup = new RunLookup(run, Manifest: true, IdempotencyKey: call.Key);
        var result = await executor.ExecuteAsync<TDecider, Effect>(lookup, decider, call, cancellationToken).ConfigureAwait(false);
        if (!result.TryGet(out var outcome, out var refusal))
        {
            return refusal;
        }

        var effect = outcome.Replayed is null ? outcome.Answer : Effect.Replayed;
        return new Receipt<Run>(new Run(outcome.Head, outcome.Progress, outcome.Manifest), effect);
    }

    /// <summary>The request with everything filled in, and nothing that the caller can still change.</summary>
    private static NewRun Owned(NewRun request, CallContext context) => request with
    {
        LaunchManifest = request.LaunchManifest?.Clone() ?? RunManifest.Empty.LaunchManifest,
        Overrides = request.Overrides?.Clone() ?? RunManifest.Empty.Overrides,
        Labels = request.Labels.Count == 0 ? new NewRun().Labels : new Dictionary<string, string>(request.Labels, StringComparer.Ordinal),
        Requires = request.Requires.Count == 0 ? new NewRun().Requires : new Dictionary<string, string>(request.Requires, StringComparer.Ordinal),
        CreatedBy = request.CreatedBy ?? context.Principal,
    };
}
