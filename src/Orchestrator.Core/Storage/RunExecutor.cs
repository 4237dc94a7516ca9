using System.Security.Cryptography;
using Orchestrator.Core.Diagnostics;
using Orchestrator.Core.Sealing;
using Orchestrator.Storage;

namespace Orchestrator.Core.Storage;

/// <summary>
/// Takes a request through the one path of every change: recall or load, decide, seal, commit; and decides again when somebody was faster.
/// </summary>
/// <param name="store">Where runs are kept.</param>
/// <param name="recent">The runs that this host need not read; <see langword="null"/> where a read costs nothing.</param>
/// <param name="committer">What writes.</param>
/// <param name="clock">The store's clock.</param>
/// <param name="sealer">What adds to audit chains.</param>
/// <param name="telemetry">Where it is told what became of requests.</param>
internal sealed class RunExecutor(
    IRunStore store, RecentViews? recent, Committer committer, StoreClock clock, AuditSealer sealer, Telemetry telemetry)
{
    // Other writers of one run are few. A request that loses this often meets a store whose guards contradict the decision, and would lose for ever.
    private const int MaxRounds = 64;

    // Many writers of one run that meet this often wait a random time, so that each of them gets a turn.
    private const int RoundsWithoutWait = 8;
    private const int MaxWaitMilliseconds = 10;

    private readonly Loader _loader = new(store);

    /// <summary>Carries a request out.</summary>
    /// <param name="lookup">The run and what of it the decision needs.</param>
    /// <param name="decider">The decision.</param>
    /// <param name="call">The call that the request came with.</param>
    /// <param name="cancellationToken">Stops it as long as nothing was sent to the store.</param>
    public ValueTask<Result<Outcome<T>>> ExecuteAsync<TDecider, T>(RunLookup lookup, TDecider decider, Call call, CancellationToken cancellationToken)
        where TDecider : IDecider<T> => lookup.Run.IsDefault ? new(Refusals.RunNotFound(lookup.Run))
        : telemetry.IsTraced ? TraceAsync<TDecider, T>(lookup, decider, call, cancellationToken)
        : DecideAsync<TDecider, T>(lookup, decider, call, cancellationToken);

    private ValueTask<Result<Outcome<T>>> TraceAsync<TDecider, T>(RunLookup lookup, TDecider decider, Call call, CancellationToken cancellationToken)
        where TDecider : IDecider<T> => telemetry.TraceAsync(call.Operation, lookup, () => DecideAsync<TDecider, T>(lookup, decider, call, cancellationToken));

    private async ValueTask<Result<Outcome<T>>> DecideAsync<TDecider, T>(RunLookup lookup, TDecider decider, Call call, CancellationToken cancellationToken)
        where TDecider : IDecider<T>
    {
        var isChanging = false;
        try
        {
            var now = await clock.NowAsync(cancellationToken).ConfigureAwait(false);
            var view = Recall(lookup);
            var isRecalled = view is not null;
            view ??= await _loader.LoadAsync(lookup, cancellationToken).ConfigureAwait(false);
            for (var round = 1; ; round++)
            {
                if (view?.Idempotency is { } record)
                {
                    return record.RequestHash == call.RequestHash
                        ? new Outcome<T>(default, view.Head, view.Progress, view.Manifest, record)
                        : Refusals.IdempotencyKeyReused();
                }

                var decision = decider.Decide(view, NotBefore(view, now));
                if (isRecalled && (decision.Refusal is not null || (decision.Change is null && decision.Heartbeat is null)))
                {
                    // No commit would check that the run still stands so.
                    view = await _loader.LoadAsync(lookup, cancellationToken).ConfigureAwait(false);
                    isRecalled = false;
                    continue;
                }

                if (decision.Change is null && decision.Heartbeat is null)
                {
                    if (decision.Refusal is not null || call.Key is null)
                    {
                        return decision.Refusal is { } refused ? refused : new Outcome<T>(decision.Answer, view!.Head, view.Progress, view.Manifest);
                    }

                    // Nothing changes, but the key is taken.
                    decision = decision with { Change = new RunChange { Head = view!.Head with { Revision = view.Head.Revision + 1 } } };
                }

                cancellationToken.ThrowIfCancellationRequested();
                var change = Seal(decision, view, call);
                isChanging = change is not null;
                var write = new RunWrite(lookup.Run, view?.Head.Revision ?? 0, decision.Heartbeat, change, decision.ExpectedHeartbeats)
                {
                    ExpectedCommit = view?.Head.CommitId ?? default,
                };
                var result = await committer.CommitAsync(write).ConfigureAwait(false);
                switch (result.Verdict)
                {
                    case CommitVerdict.Committed:
                        telemetry.Committed(change);
                        Remember(lookup.Run, view, change, result.Progress!);
                        return decision.Refusal is { } refusal
                            ? refusal
                            : new Outcome<T>(decision.Answer, change?.Head ?? view!.Head, result.Progress!, change?.Manifest ?? view?.Manifest);
                    case CommitVerdict.Duplicate:
                        view = await _loader.LoadAsync(lookup, cancellationToken).ConfigureAwait(false);
                        if (view?.Idempotency is null)
                        {
                            return Refusals.IdempotencyKeyReused();
                        }

                        break;
                    default:
                        isChanging = false;
                        telemetry.Conflicted();
                        if (round == MaxRounds)
                        {
                            telemetry.GaveUpOnConflicts(lookup.Run, MaxRounds);
                            recent?.Forget(lookup.Run);
                            return Refusals.StoreUnavailable();
                        }

                        // A store that answers at once must not keep this thread while other writers of the run get on. The caller's context may be blocked.
                        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
                        if (round > RoundsWithoutWait)
                        {
                            var wait = TimeSpan.FromMilliseconds(RandomNumberGenerator.GetInt32(1, MaxWaitMilliseconds));
                            await Task.Delay(wait, TimeProvider.System, CancellationToken.None).ConfigureAwait(false);
                        }

                        recent?.Forget(lookup.Run);
                        isRecalled = false;
                        now = await clock.NowAsync(cancellationToken).ConfigureAwait(false);
                        if (result.Current is { } found && Rollback.Tell(view, found, NotBefore(found, now), NewCommitId()) is { } rollback)
                        {
                            await TellAsync(lookup.Run, found, rollback).ConfigureAwait(false);
                            view = await _loader.LoadAsync(lookup, cancellationToken).ConfigureAwait(false);
                            break;
                        }

                        view = lookup == new RunLookup(lookup.Run) && result.Current is not null
                            ? result.Current
                            : await _loader.LoadAsync(lookup, cancellationToken).ConfigureAwait(false);
                        break;
                }
            }
        }
        catch (StoreUnavailableException fault)
        {
            if (isChanging)
            {
                // What became of the change is unknown, and so is where the run stands. After a heartbeat its revision is known still, and that is what tells of a rollback.
                recent?.Forget(lookup.Run);
            }

            telemetry.StoreUnavailable();
            return Refusals.StoreUnavailable(fault);
        }
    }

    /// <summary>The time on the store's clock.</summary>
    public async ValueTask<Result<DateTimeOffset>> NowAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await clock.NowAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (StoreUnavailableException fault)
        {
            telemetry.StoreUnavailable();
            return Refusals.StoreUnavailable(fault);
        }
    }

    /// <summary>Reads a run.</summary>
    public async ValueTask<Result<RunView>> LoadAsync(RunLookup lookup, CancellationToken cancellationToken)
    {
        if (lookup.Run.IsDefault)
        {
            return Refusals.RunNotFound(lookup.Run);
        }

        try
        {
            var view = await _loader.LoadAsync(lookup, cancellationToken).ConfigureAwait(false);
            return view is null ? Refusals.RunNotFound(lookup.Run) : view;
        }
        catch (StoreUnavailableException fault)
        {
            telemetry.StoreUnavailable();
            return Refusals.StoreUnavailable(fault);
        }
    }

    /// <summary>Tells of a rollback, once; where somebody was faster, that is told by whoever sees it next.</summary>
    private async ValueTask TellAsync(RunId run, RunView found, RunChange rollback)
    {
        var result = await committer
            .CommitAsync(new RunWrite(run, found.Head.Revision, null, rollback, null) { ExpectedCommit = found.Head.CommitId })
            .ConfigureAwait(false);
        if (result.Verdict == CommitVerdict.Committed)
        {
            telemetry.Committed(rollback);
        }
    }

    /// <summary>
    /// The run as this host last saw it, if that is all that the decision needs. Whether an idempotency key is taken, the commit says; whether a command exists that
    /// no longer waits for its worker, only the store knows.
    /// </summary>
    private RunView? Recall(in RunLookup lookup)
    {
        if (lookup.Manifest || recent?.Find(lookup.Run) is not { } view)
        {
            return null;
        }

        if (lookup.Command is not { } id)
        {
            return view;
        }

        foreach (var command in view.Live)
        {
            if (command.Id == id)
            {
                return view with { Command = command };
            }
        }

        return null;
    }

    private void Remember(RunId run, RunView? before, RunChange? change, RunProgress progress)
    {
        if (recent is null)
        {
            return;
        }

        var head = change?.Head ?? before!.Head;
        if (head.State.IsTerminal())
        {
            recent.Forget(run);
            return;
        }

        var live = before?.Live ?? [];
        foreach (var command in change?.Commands ?? [])
        {
            live = live.With(command);
        }

        recent.Keep(new RunView(head, progress, live));
    }

    /// <summary>The change as it is to be stored: with the id of its commit and, unless it notes a refusal, its audit entry and idempotency record.</summary>
    private RunChange? Seal<T>(in Decision<T> decision, RunView? view, Call call)
    {
        if (decision.Change is not { } change)
        {
            return null;
        }

        var head = change.Head with { CommitId = NewCommitId() };
        if (decision.Refusal is not null)
        {
            return change with { Head = head };
        }

        var entry = decision.Audit is { } action
            ? sealer.Seal(action, call.RequestHash!, call.Context, view?.Head ?? change.Head, change.Head.ChangedAt)
            : null;
        return change with
        {
            Head = entry is null ? head : head with { AuditEntries = entry.Sequence, AuditHash = entry.EntryHash },
            Audit = entry,
            Idempotency = call.Key is null ? null : new IdempotencyRecord(call.Key, call.RequestHash!, decision.Command, head.Attempt),
        };
    }

    private static Guid NewCommitId() => new(RandomNumberGenerator.GetBytes(16));

    private static DateTimeOffset NotBefore(RunView? view, DateTimeOffset now)
    {
        if (view is null)
        {
            return now;
        }

        var last = view.Progress.LastHeartbeatAt is { } beat && beat > view.Head.ChangedAt ? beat : view.Head.ChangedAt;
        return now > last ? now : last;
    }
}
