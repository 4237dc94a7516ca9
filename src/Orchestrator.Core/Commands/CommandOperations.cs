using Orchestrator.Core.Diagnostics;
using Orchestrator.Core.Lifecycle;
using Orchestrator.Core.Listing;
using Orchestrator.Core.Sealing;
using Orchestrator.Core.Storage;
using Orchestrator.Core.Validation;
using Orchestrator.Storage;

namespace Orchestrator.Core.Commands;

internal sealed class CommandOperations(
    RunExecutor executor, RunPages pages, IRunStore store, Gates<RunId> polls, OrchestratorOptions options, Telemetry telemetry) : ICommandOperations
{
    private static readonly Call Next = Call.Plain("commands.next");

    public async ValueTask<Result<Receipt<Command>>> EnqueueAsync(
        RunId run, NewCommand request, CallContext? context = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        request = Normal.Of(request);
        context ??= CallContext.Empty;
        if (CommandValidation.Check(request, options.Tunables, context) is { } invalid)
        {
            return invalid;
        }

        request = request with { Payload = Owned(request) };
        var call = Call.Remembered("commands.enqueue", run.ToString(), context, RequestHash.Of(request));
        var now = default(DateTimeOffset);
        var given = request.Id ?? (call.DerivedId is { } derived ? CommandId.Parse(derived) : null);
        if (given is null && !(await executor.NowAsync(cancellationToken).ConfigureAwait(false)).TryGet(out now, out var unavailable))
        {
            return unavailable;
        }

        var id = given ?? CommandId.New(now);
        var decider = new EnqueueDecider(run, id, request, Acting.From(request.Actor, context), options);

        // Of an id that was made just now there is no command.
        return await ExecuteAsync(run, given, decider, call, cancellationToken).ConfigureAwait(false);
    }

    public async ValueTask<Result<Command?>> NextAsync(
        RunId run, TimeSpan wait = default, int? attempt = null, string? claimId = null, CancellationToken cancellationToken = default)
    {
        var faults = new Faults();
        Rules.Wait(ref faults, wait);
        Rules.ClaimId(ref faults, claimId);
        if (faults.ToRefusal() is { } invalid)
        {
            return invalid;
        }

        var decider = new NextDecider(run, attempt, claimId, options);
        var first = await LookAsync(cancellationToken).ConfigureAwait(false);
        if (first.Found is { } found || wait == TimeSpan.Zero)
        {
            return first.Found ?? new Result<Command?>((Command?)null);
        }

        wait = Sooner(wait, options.Limits.MaxWait);
        telemetry.Parked("command", +1);
        try
        {
            return await polls.WaitThroughOutagesAsync(run, wait, LookAsync, cancellationToken).ConfigureAwait(false) ?? new Result<Command?>((Command?)null);
        }
        finally
        {
            telemetry.Parked("command", -1);
        }

        async ValueTask<Look<Result<Command?>>> LookAsync(CancellationToken end)
        {
            var result = await executor.ExecuteAsync<NextDecider, Polled>(new RunLookup(run), decider, Next, end).ConfigureAwait(false);
            if (!result.TryGet(out var outcome, out var refusal))
            {
                return new(refusal, default);
            }

            var (command, untilNext) = outcome.Answer;
            return command is not null ? new(command, default) : new(null, Sooner(untilNext, store.Traits.LookAgain));
        }
    }

    public async ValueTask<Result<Receipt<Command>>> AcknowledgeAsync(
        RunId run, CommandId command, Acknowledgement acknowledgement, CallContext? context = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(acknowledgement);
        context ??= CallContext.Empty;
        if (CommandValidation.Check(acknowledgement, context) is { } invalid)
        {
            return invalid;
        }

        if (command.IsDefault)
        {
            return Refusals.CommandNotFound(command);
        }

        acknowledgement = acknowledgement.Applied is { } applied
            ? acknowledgement with { Applied = new Dictionary<string, double>(applied, StringComparer.Ordinal) }
            : acknowledgement;
        var call = Call.Remembered("commands.ack", $"{run}/{command}", context, RequestHash.Of(command, acknowledgement));
        var decider = new AckDecider(run, command, acknowledgement, context, options);
        return await ExecuteAsync(run, command, decider, call, cancellationToken).ConfigureAwait(false);
    }

    public async ValueTask<Result<Command>> GetAsync(RunId run, CommandId command, CancellationToken cancellationToken = default)
    {
        if (command.IsDefault)
        {
            return Refusals.CommandNotFound(command);
        }

        var view = await executor.LoadAsync(new RunLookup(run, Command: command), cancellationToken).ConfigureAwait(false);
        return !view.TryGet(out var loaded, out var refusal) ? refusal
            : loaded.Command is { } found ? found
            : Refusals.CommandNotFound(command);
    }

    public ValueTask<Result<Page<Command>>> ListAsync(RunId run, PageRequest? page = null, CancellationToken cancellationToken = default) =>
        pages.ReadAsync(run, page, head => head.Commands, store.ReadCommandsAsync, command => command.Sequence, cancellationToken);

    private async ValueTask<Result<Receipt<Command>>> ExecuteAsync<TDecider>(
        RunId run, CommandId? command, TDecider decider, Call call, CancellationToken cancellationToken)
        where TDecider : IDecider<Receipt<Command>>
    {
        var lookup = new RunLookup(run, Command: command, IdempotencyKey: call.Key);
        var result = await executor.ExecuteAsync<TDecider, Receipt<Command>>(lookup, decider, call, cancellationToken).ConfigureAwait(false);
        if (!result.TryGet(out var outcome, out var refusal))
        {
            return refusal;
        }

        if (outcome.Replayed is not { Command: { } made })
        {
            return outcome.Answer;
        }

        var replayed = await GetAsync(run, made, cancellationToken).ConfigureAwait(false);
        return replayed.TryGet(out var value, out refusal) ? new Receipt<Command>(value, Effect.Replayed) : refusal;
    }

    /// <summary>A payload that outlives the caller's document; an empty one of a command that has none counts as absent.</summary>
    private static System.Text.Json.JsonElement? Owned(NewCommand request) =>
        request.Type is CommandType.Pause or CommandType.Resume ? null : request.Payload?.Clone();

    private static TimeSpan Sooner(TimeSpan one, TimeSpan other) =>
        one == Timeout.InfiniteTimeSpan ? other : other == Timeout.InfiniteTimeSpan || one < other ? one : other;
}
