namespace Orchestrator.Storage.Conformance.Invariants;

/// <summary>
/// The orchestrator of one worker. Each call waits for a turn, is executed, and waits for another turn in which its answer is delivered or lost.
/// Claims do not wait for runs, so that every call ends within its turn.
/// </summary>
internal sealed class TurnedOrchestrator(IOrchestrator inner, IRunStore store, Turns turns, int worker, WorkerJournal journal)
    : IOrchestrator, IRunOperations, IHeartbeatOperations
{
    private static readonly Refusal Lost = new(RefusalCode.StoreUnavailable, "The reply was lost.");

    public IRunOperations Runs => this;

    public IHeartbeatOperations Heartbeats => this;

    public ICommandOperations Commands => inner.Commands;

    public IAuditOperations Audit => inner.Audit;

    public ValueTask<Result<Receipt<Run?>>> ClaimAsync(ClaimRequest request, CallContext? context, CancellationToken cancellationToken) =>
        CallAsync(() => inner.Runs.ClaimAsync(request with { Wait = TimeSpan.Zero }, context), default, cancellationToken);

    public ValueTask<Result<HeartbeatReceipt>> ReportAsync(RunId run, Heartbeat heartbeat, int commands, CancellationToken cancellationToken) =>
        CallAsync(
            async () =>
            {
                var result = await inner.Heartbeats.ReportAsync(run, heartbeat, commands);
                if (result.Refusal is null)
                {
                    var views = new RunView?[1];
                    await store.LoadAsync(new[] { new RunLookup(run) }, views, CancellationToken.None);
                    journal.Accept(run, heartbeat, views[0]!.Head.Attempt, views[0]!.Head.Claim?.Id);
                }

                return result;
            },
            new Holding(run, heartbeat.Attempt ?? 0, heartbeat.ClaimId),
            cancellationToken);

    public ValueTask<Result<Receipt<Run>>> TransitionAsync(
        RunId run, TransitionRequest request, CallContext? context, CancellationToken cancellationToken)
    {
        var holding = new Holding(run, request.Attempt ?? 0, request.ClaimId);
        return CallAsync(
            async () =>
            {
                var result = await inner.Runs.TransitionAsync(run, request, context);
                if (result.TryGet(out var receipt, out _) && receipt.Effect == Effect.Done && request.To == RunState.Completed)
                {
                    journal.Complete(holding);
                }

                return result;
            },
            holding,
            cancellationToken);
    }

    public ValueTask<Result<EventReading>> SubscribeAsync(EventSubscription? subscription, CancellationToken cancellationToken) =>
        inner.SubscribeAsync(subscription, cancellationToken);

    public ValueTask<Result<Receipt<Run>>> CreateAsync(NewRun request, CallContext? context, CancellationToken cancellationToken) =>
        inner.Runs.CreateAsync(request, context, cancellationToken);

    public ValueTask<Result<Run>> GetAsync(RunId run, RunDetail detail, CancellationToken cancellationToken) =>
        inner.Runs.GetAsync(run, detail, cancellationToken);

    public ValueTask<Result<Page<Run>>> ListAsync(
        RunFilter? filter, int limit, string? cursor, RunDetail detail, CancellationToken cancellationToken) =>
        inner.Runs.ListAsync(filter, limit, cursor, detail, cancellationToken);

    public ValueTask<Result<Page<StateTransition>>> GetTransitionsAsync(RunId run, PageRequest? page, CancellationToken cancellationToken) =>
        inner.Runs.GetTransitionsAsync(run, page, cancellationToken);

    public ValueTask<Result<Receipt<Run>>> StartAttemptAsync(
        RunId run, AttemptRequest request, CallContext? context, CancellationToken cancellationToken) =>
        inner.Runs.StartAttemptAsync(run, request, context, cancellationToken);

    public ValueTask<Result<Receipt<Run>>> SnoozeAsync(RunId run, SnoozeRequest request, CallContext? context, CancellationToken cancellationToken) =>
        inner.Runs.SnoozeAsync(run, request, context, cancellationToken);

    public ValueTask<IReadOnlyList<Result<HeartbeatReceipt>>> ReportAsync(IReadOnlyList<Heartbeat> heartbeats, CancellationToken cancellationToken) =>
        inner.Heartbeats.ReportAsync(heartbeats, cancellationToken);

    public ValueTask NoteUnreadableAsync(RunId run, RefusalCode code, CancellationToken cancellationToken) =>
        inner.Heartbeats.NoteUnreadableAsync(run, code, cancellationToken);

    private async ValueTask<Result<T>> CallAsync<T>(Func<ValueTask<Result<T>>> call, Holding holding, CancellationToken cancellationToken)
    {
        Result<T> result;
        using (await turns.WaitAsync(worker, cancellationToken))
        {
            result = await call();
        }

        using var delivery = await turns.WaitAsync(worker, cancellationToken);
        if (delivery.IsLost)
        {
            return Lost;
        }

        if (result.Refusal?.Code is RefusalCode.StaleAttempt or RefusalCode.RunEnded)
        {
            journal.Fence(holding);
        }

        return result;
    }
}
