using Orchestrator.Core.Commands;
using Orchestrator.Core.Heartbeats;
using Orchestrator.Core.Listing;
using Orchestrator.Core.Runs;
using Orchestrator.Core.Validation;

namespace Orchestrator.Client.Tests.Transports;

/// <summary>
/// An orchestrator without runs: it keeps the newest request in the form that the engine gives it, and refuses it as the engine would, or else because there is
/// no such run.
/// </summary>
internal sealed class RecordingOrchestrator : IOrchestrator, IRunOperations, IHeartbeatOperations, ICommandOperations, IAuditOperations
{
    private static readonly TunableSet Tunables = new OrchestratorOptions().Tunables.Add("any", double.NegativeInfinity, double.PositiveInfinity);
    private static readonly Refusal NoRun = new(RefusalCode.RunNotFound, "There is no run.");

    /// <summary>The newest request that reached the orchestrator.</summary>
    public object? Received { get; private set; }

    public IRunOperations Runs => this;

    public IHeartbeatOperations Heartbeats => this;

    public ICommandOperations Commands => this;

    public IAuditOperations Audit => this;

    public void Forget() => Received = null;

    public ValueTask<Result<Receipt<Run>>> CreateAsync(NewRun request, CallContext? context = null, CancellationToken cancellationToken = default)
    {
        request = Normal.Of(request);
        return new(Keep(request, RunValidation.Check(request, context ?? CallContext.Empty)));
    }

    public ValueTask<Result<Page<Run>>> ListAsync(
        RunFilter? filter = null, int limit = 50, string? cursor = null, RunDetail detail = RunDetail.Summary, CancellationToken cancellationToken = default)
    {
        var normal = Normal.Of(filter ?? new RunFilter());
        return new(Keep(new { normal, limit, cursor, detail }, RunValidation.Check(normal, limit)));
    }

    public ValueTask<Result<Receipt<Run>>> TransitionAsync(
        RunId run, TransitionRequest request, CallContext? context = null, CancellationToken cancellationToken = default) =>
        new(Keep(new { run, request }, RunValidation.Check(request, context ?? CallContext.Empty)));

    public ValueTask<Result<Receipt<Run?>>> ClaimAsync(ClaimRequest request, CallContext? context = null, CancellationToken cancellationToken = default) =>
        new(Keep(request, RunValidation.Check(request, context ?? CallContext.Empty)));

    public ValueTask<Result<Receipt<Run>>> StartAttemptAsync(
        RunId run, AttemptRequest request, CallContext? context = null, CancellationToken cancellationToken = default) =>
        new(Keep(new { run, request }, RunValidation.Check(request, context ?? CallContext.Empty)));

    public ValueTask<Result<Receipt<Run>>> SnoozeAsync(RunId run, SnoozeRequest request, CallContext? context = null, CancellationToken cancellationToken = default)
    {
        request = Normal.Of(request);
        return new(Keep(new { run, request }, RunValidation.Check(request, context ?? CallContext.Empty)));
    }

    public ValueTask<Result<HeartbeatReceipt>> ReportAsync(RunId run, Heartbeat heartbeat, int commands = 0, CancellationToken cancellationToken = default) =>
        new(Keep(new { run, heartbeat, commands }, HeartbeatValidation.Check(heartbeat, commands)));

    public ValueTask<IReadOnlyList<Result<HeartbeatReceipt>>> ReportAsync(IReadOnlyList<Heartbeat> heartbeats, CancellationToken cancellationToken = default)
    {
        Received = heartbeats;
        return new(heartbeats.Select(heartbeat => new Result<HeartbeatReceipt>(HeartbeatValidation.Check(heartbeat, 0) ?? NoRun)).ToArray());
    }

    public ValueTask NoteUnreadableAsync(RunId run, RefusalCode code, CancellationToken cancellationToken = default) => default;

    public ValueTask<Result<Receipt<Command>>> EnqueueAsync(RunId run, NewCommand request, CallContext? context = null, CancellationToken cancellationToken = default)
    {
        request = Normal.Of(request);
        return new(Keep(new { run, request }, CommandValidation.Check(request, Tunables, context ?? CallContext.Empty)));
    }

    public ValueTask<Result<Command?>> NextAsync(
        RunId run, TimeSpan wait = default, int? attempt = null, string? claimId = null, CancellationToken cancellationToken = default)
    {
        var faults = new Faults();
        Rules.Wait(ref faults, wait);
        Rules.ClaimId(ref faults, claimId);
        return new(Keep(new { run, wait, attempt, claimId }, faults.ToRefusal()));
    }

    public ValueTask<Result<Receipt<Command>>> AcknowledgeAsync(
        RunId run, CommandId command, Acknowledgement acknowledgement, CallContext? context = null, CancellationToken cancellationToken = default) =>
        new(Keep(new { run, command, acknowledgement }, CommandValidation.Check(acknowledgement, context ?? CallContext.Empty)));

    public ValueTask<Result<Run>> GetAsync(RunId run, RunDetail detail, CancellationToken cancellationToken = default) => throw new NotSupportedException();

    public ValueTask<Result<Page<StateTransition>>> GetTransitionsAsync(RunId run, PageRequest? page = null, CancellationToken cancellationToken = default) =>
        new(Keep(new { run, page }, RunPages.Check(page ?? new PageRequest(), out _)));

    public ValueTask<Result<Command>> GetAsync(RunId run, CommandId command, CancellationToken cancellationToken = default) => throw new NotSupportedException();

    public ValueTask<Result<Page<Command>>> ListAsync(RunId run, PageRequest? page = null, CancellationToken cancellationToken = default) =>
        new(Keep(new { run, page }, RunPages.Check(page ?? new PageRequest(), out _)));

    public ValueTask<Result<AuditVerdict>> VerifyAsync(RunId run, CancellationToken cancellationToken = default) => throw new NotSupportedException();

    ValueTask<Result<Page<AuditEntry>>> IAuditOperations.ListAsync(RunId run, PageRequest? page, CancellationToken cancellationToken) =>
        new(Keep(new { run, page }, RunPages.Check(page ?? new PageRequest(), out _)));

    public ValueTask<Result<EventReading>> SubscribeAsync(EventSubscription? subscription = null, CancellationToken cancellationToken = default) =>
        throw new NotSupportedException();

    private Refusal Keep(object request, Refusal? refusal)
    {
        Received = request;
        return refusal ?? NoRun;
    }
}
