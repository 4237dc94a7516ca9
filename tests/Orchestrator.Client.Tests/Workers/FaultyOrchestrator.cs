using System.Collections.Concurrent;
using System.Net;

namespace Orchestrator.Client.Tests.Workers;

/// <summary>An orchestrator on a bad line: whatever a test says happens to the calls that it names. It keeps what was called.</summary>
internal sealed class FaultyOrchestrator(IOrchestrator inner) : IOrchestrator, IRunOperations, IHeartbeatOperations, ICommandOperations
{
    private readonly ConcurrentDictionary<Operation, Fault> _faults = new();

    /// <summary>The heartbeats that were sent, whether or not they arrived.</summary>
    public ConcurrentQueue<Heartbeat> Beats { get; } = new();

    /// <summary>The heartbeats that were accepted, and when.</summary>
    public ConcurrentQueue<DateTimeOffset> Accepted { get; } = new();

    /// <summary>The answers to commands that were sent, whether or not they arrived.</summary>
    public ConcurrentQueue<CommandId> Acks { get; } = new();

    /// <summary>The claims that were sent, whether or not they arrived, and the keys that they were sent with.</summary>
    public ConcurrentQueue<(ClaimRequest Request, string? Key)> Claims { get; } = new();

    /// <summary>The polls that were sent: the attempt and the hand-over that they were for.</summary>
    public ConcurrentQueue<(int? Attempt, string? ClaimId)> Polls { get; } = new();

    /// <summary>The acknowledgements that were sent, in full.</summary>
    public ConcurrentQueue<Acknowledgement> Acknowledgements { get; } = new();

    /// <summary>The transitions that were sent, whether or not they arrived.</summary>
    public ConcurrentQueue<TransitionRequest> Transitions { get; } = new();

    /// <summary>The runs that are listed instead of the orchestrator's.</summary>
    public IReadOnlyList<Run>? Listed { get; set; }

    /// <summary>What happens after each claim, before its answer arrives.</summary>
    public Func<Task>? AfterClaim { get; set; }

    /// <summary>How many calls were begun.</summary>
    public int Calls { get; private set; }

    /// <summary>How many heartbeats were refused as too soon.</summary>
    public int Throttled { get; private set; }

    public IRunOperations Runs => this;

    public IHeartbeatOperations Heartbeats => this;

    public ICommandOperations Commands => this;

    public IAuditOperations Audit => inner.Audit;

    /// <summary>From now on this happens to such calls; <paramref name="times"/> says how often.</summary>
    public void Break(Operation operation, Kind kind, int times = int.MaxValue, Refusal? refusal = null) =>
        _faults[operation] = new Fault(kind, refusal ?? new Refusal(RefusalCode.StoreUnavailable, "Away."), times);

    /// <summary>All calls are answered as away.</summary>
    public void GoAway()
    {
        foreach (var operation in Enum.GetValues<Operation>())
        {
            Break(operation, Kind.Cut);
        }
    }

    /// <summary>All calls arrive again.</summary>
    public void ComeBack() => _faults.Clear();

    public ValueTask<Result<EventReading>> SubscribeAsync(EventSubscription? subscription = null, CancellationToken cancellationToken = default) =>
        inner.SubscribeAsync(subscription, cancellationToken);

    public async ValueTask<Result<HeartbeatReceipt>> ReportAsync(
        RunId run, Heartbeat heartbeat, int commands = 0, CancellationToken cancellationToken = default)
    {
        Beats.Enqueue(heartbeat);
        var result = await CallAsync(Operation.Heartbeat, () => inner.Heartbeats.ReportAsync(run, heartbeat, commands, cancellationToken), cancellationToken);
        if (result.Refusal is null)
        {
            Accepted.Enqueue(result.Value.Run.LastHeartbeatAt!.Value);
        }

        Throttled += result.Refusal?.Code == RefusalCode.HeartbeatThrottled ? 1 : 0;
        return result;
    }

    public ValueTask<Result<Command?>> NextAsync(
        RunId run, TimeSpan wait = default, int? attempt = null, string? claimId = null, CancellationToken cancellationToken = default)
    {
        Polls.Enqueue((attempt, claimId));
        return CallAsync(Operation.Next, () => inner.Commands.NextAsync(run, wait, attempt, claimId, cancellationToken), cancellationToken);
    }

    public ValueTask<Result<Receipt<Command>>> AcknowledgeAsync(
        RunId run, CommandId command, Acknowledgement acknowledgement, CallContext? context = null, CancellationToken cancellationToken = default)
    {
        Acks.Enqueue(command);
        Acknowledgements.Enqueue(acknowledgement);
        return CallAsync(Operation.Ack, () => inner.Commands.AcknowledgeAsync(run, command, acknowledgement, context, cancellationToken), cancellationToken);
    }

    public ValueTask<Result<Receipt<Run>>> TransitionAsync(
        RunId run, TransitionRequest request, CallContext? context = null, CancellationToken cancellationToken = default)
    {
        Transitions.Enqueue(request);
        return CallAsync(Operation.Transition, () => inner.Runs.TransitionAsync(run, request, context, cancellationToken), cancellationToken);
    }

    public ValueTask<Result<Receipt<Run>>> StartAttemptAsync(
        RunId run, AttemptRequest request, CallContext? context = null, CancellationToken cancellationToken = default) =>
        CallAsync(Operation.Attempt, () => inner.Runs.StartAttemptAsync(run, request, context, cancellationToken), cancellationToken);

    public async ValueTask<Result<Receipt<Run?>>> ClaimAsync(
        ClaimRequest request, CallContext? context = null, CancellationToken cancellationToken = default)
    {
        Claims.Enqueue((request, context?.IdempotencyKey));
        var result = await CallAsync(Operation.Claim, () => inner.Runs.ClaimAsync(request, context, cancellationToken), cancellationToken);
        if (AfterClaim is { } afterClaim)
        {
            await afterClaim();
        }

        return result;
    }

    public ValueTask<Result<Run>> GetAsync(RunId run, RunDetail detail, CancellationToken cancellationToken = default) =>
        CallAsync(Operation.Get, () => inner.Runs.GetAsync(run, detail, cancellationToken), cancellationToken);

    private async ValueTask<Result<T>> CallAsync<T>(Operation operation, Func<ValueTask<Result<T>>> call, CancellationToken cancellationToken)
    {
        Calls++;
        if (!_faults.TryGetValue(operation, out var fault) || !fault.Happens())
        {
            return await call();
        }

        switch (fault.Kind)
        {
            case Kind.LoseReply:
                await call();
                return fault.Refusal;
            case Kind.Hang:
                await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken);
                return fault.Refusal;
            case Kind.Bar:
                throw UnexpectedAnswerException.Foreign(new HttpResponseMessage(HttpStatusCode.Forbidden));
            case Kind.Throw:
                throw new InvalidOperationException("A fault of the client.");
            default:
                return fault.Refusal;
        }
    }

    ValueTask<IReadOnlyList<Result<HeartbeatReceipt>>> IHeartbeatOperations.ReportAsync(IReadOnlyList<Heartbeat> heartbeats, CancellationToken cancellationToken) =>
        inner.Heartbeats.ReportAsync(heartbeats, cancellationToken);

    ValueTask IHeartbeatOperations.NoteUnreadableAsync(RunId run, RefusalCode code, CancellationToken cancellationToken) =>
        inner.Heartbeats.NoteUnreadableAsync(run, code, cancellationToken);

    ValueTask<Result<Receipt<Command>>> ICommandOperations.EnqueueAsync(RunId run, NewCommand request, CallContext? context, CancellationToken cancellationToken) =>
        inner.Commands.EnqueueAsync(run, request, context, cancellationToken);

    ValueTask<Result<Command>> ICommandOperations.GetAsync(RunId run, CommandId command, CancellationToken cancellationToken) =>
        inner.Commands.GetAsync(run, command, cancellationToken);

    ValueTask<Result<Page<Command>>> ICommandOperations.ListAsync(RunId run, PageRequest? page, CancellationToken cancellationToken) =>
        inner.Commands.ListAsync(run, page, cancellationToken);

    ValueTask<Result<Receipt<Run>>> IRunOperations.CreateAsync(NewRun request, CallContext? context, CancellationToken cancellationToken) =>
        inner.Runs.CreateAsync(request, context, cancellationToken);

    ValueTask<Result<Page<Run>>> IRunOperations.ListAsync(RunFilter? filter, int limit, string? cursor, RunDetail detail, CancellationToken cancellationToken) =>
        CallAsync(
            Operation.List,
            () => Listed is { } runs
                ? ValueTask.FromResult(new Result<Page<Run>>(new Page<Run>([.. runs.Where(run => IsOf(filter!, run))], null)))
                : inner.Runs.ListAsync(filter, limit, cursor, detail, cancellationToken),
            cancellationToken);

    private static bool IsOf(RunFilter filter, Run run) => filter.States.Contains(run.State) && filter.Health.Contains(run.HealthStatus);

    ValueTask<Result<Page<StateTransition>>> IRunOperations.GetTransitionsAsync(RunId run, PageRequest? page, CancellationToken cancellationToken) =>
        inner.Runs.GetTransitionsAsync(run, page, cancellationToken);

    ValueTask<Result<Receipt<Run>>> IRunOperations.SnoozeAsync(RunId run, SnoozeRequest request, CallContext? context, CancellationToken cancellationToken) =>
        inner.Runs.SnoozeAsync(run, request, context, cancellationToken);

    private sealed class Fault(Kind kind, Refusal refusal, int times)
    {
        private int _left = times;

        public Kind Kind { get; } = kind;

        public Refusal Refusal { get; } = refusal;

        public bool Happens() => Interlocked.Decrement(ref _left) >= 0;
    }
}

/// <summary>What a worker calls.</summary>
public enum Operation
{
    Get, List, Claim, Heartbeat, Next, Ack, Transition, Attempt,
}

/// <summary>What happens to a call.</summary>
public enum Kind
{
    /// <summary>It is refused and not executed.</summary>
    Cut,

    /// <summary>It is executed, and its answer gets lost.</summary>
    LoseReply,

    /// <summary>It is not answered.</summary>
    Hang,

    /// <summary>The caller may not make it.</summary>
    Bar,

    /// <summary>It throws.</summary>
    Throw,
}
