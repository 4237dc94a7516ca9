using Microsoft.Extensions.Logging;
using Orchestrator.Client.Diagnostics;
using Orchestrator.Client.Workers;
using Orchestrator.Client.Workers.Reports;

namespace Orchestrator;

/// <summary>
/// A run in the hands of a worker, from <see cref="OrchestratorWorkerExtensions.AttachAsync"/> or
/// <see cref="OrchestratorWorkerExtensions.ClaimAsync"/> until it is disposed of. Heartbeats, commands and answers go on beside the training; while
/// the orchestrator is away the training goes on, and is reported when it is back.
/// </summary>
/// <remarks>
/// <para>The first heartbeat was accepted before the worker gets the run, and the commands that were queued are known: call
/// <see cref="CheckControlAsync"/> before the first step, so that a pause from before holds the training.</para>
/// <para>Disposing of it reports how the run ended where nothing else did: after a <c>terminate</c> the command is acknowledged and the run becomes
/// <c>terminated</c>; at a shutdown it is handed back to the queue, where the next attempt begins from its checkpoint; a run that was lost is
/// left alone; and otherwise, an exception in the training for example, it becomes <c>errored</c>.</para>
/// <para>One training loop calls <see cref="CheckControlAsync"/>, one call at a time; everything else may be called from anywhere.</para>
/// </remarks>
public sealed partial class WorkerRun : IAsyncDisposable
{
    private readonly ILogger _logger;
    private readonly Assignment _assignment;
    private readonly Standing _standing;
    private readonly LatestReport _latest;
    private readonly CommandLedger _ledger;
    private readonly HeartbeatSender _heartbeats;
    private readonly EndReport _endReport;
    private readonly Reporter _reporter;
    private readonly Signal _control = new();
    private readonly CancellationTokenSource _end;
    private Task _loops = Task.CompletedTask;
    private int _loggedFaults;

    private WorkerRun(IOrchestrator orchestrator, Run run, WorkerRunOptions options)
    {
        Run = run;
        _logger = options.Logger;
        _isPaused = run.State == RunState.Paused;
        _assignment = new Assignment(orchestrator, run, options);
        _standing = new Standing(_assignment, new CancellationTokenSource());
        _latest = new LatestReport(run, options.TimeProvider);
        _ledger = new CommandLedger(OnCommands);
        _heartbeats = new HeartbeatSender(
            _assignment, _standing, _latest, _ledger, new BeatNumbers(run), _isPaused ? RuntimeStatus.Paused : RuntimeStatus.Running);
        _endReport = new EndReport(_assignment, _standing, _latest, _heartbeats);
        _reporter = new Reporter(_assignment, _standing, _ledger, _heartbeats, _endReport);
        _end = CancellationTokenSource.CreateLinkedTokenSource(_standing.Aborted);
        _standing.Aborted.Register(_control.Set);
    }

    /// <summary>
    /// The run as it was handed out: what to launch, the checkpoint to begin from (<see cref="Run.ResumePoint"/>), and the tunables in force. It does not
    /// follow the run.
    /// </summary>
    public Run Run { get; }

    /// <summary>The run.</summary>
    public RunId Id => Run.Id;

    /// <summary>The attempt that this worker executes.</summary>
    public int Attempt => Run.Attempt;

    /// <summary>
    /// Applies a <c>tune</c> and answers what became of it. Called by <see cref="CheckControlAsync"/>, between two steps. What it throws rejects the
    /// command and does not disturb the training. Without one every <c>tune</c> is rejected.
    /// </summary>
    public Func<TuneRequest, TuneResult>? OnTune { get; set; }

    /// <summary>
    /// Cancelled when the work has become void: the run is lost, or the time to shut down is over. For what takes long between two calls of
    /// <see cref="CheckControlAsync"/>, the upload of a checkpoint for example.
    /// </summary>
    public CancellationToken Aborted => _standing.Aborted;

    /// <summary>
    /// Sets the newest numbers of the training. It costs no I/O and throws nothing: the next heartbeat sends them. What cannot be sent is left out and logged
    /// once.
    /// </summary>
    /// <param name="step">
    /// How far it is. Within an attempt the highest step stands: after a roll-back the run stays where it was until the training has caught up. The same
    /// holds for checkpoints.
    /// </param>
    /// <param name="loss">The loss; may be NaN or infinite. Absent: not measured.</param>
    /// <param name="samplesPerSec">The throughput, not negative. Absent: worked out from <paramref name="samples"/>, or not measured.</param>
    /// <param name="checkpointVersion">The newest checkpoint that is complete; absent when it is still the same.</param>
    /// <param name="checkpointUri">The place of that checkpoint, up to 2,048 characters. A new version without one has no known place.</param>
    /// <param name="metrics">Other numbers, which replace those before; the first 64 are sent.</param>
    /// <param name="samples">How many samples were processed since the report before, from which the throughput is worked out.</param>
    public void Report(
        long step,
        double? loss = null,
        double? samplesPerSec = null,
        long? checkpointVersion = null,
        string? checkpointUri = null,
        IReadOnlyDictionary<string, double>? metrics = null,
        long? samples = null) =>
        LogOnce(_latest.Report(step, loss, samplesPerSec, samples, checkpointVersion, checkpointUri, metrics));

    /// <summary>Sets the newest checkpoint that is complete. The next attempt of the run can begin from it.</summary>
    /// <param name="version">The checkpoint, rising.</param>
    /// <param name="step">The step that it was made at; the run is at least there.</param>
    /// <param name="uri">The place of the checkpoint, up to 2,048 characters. Without it the next attempt has no <see cref="Run.ResumePoint"/>.</param>
    public void ReportCheckpoint(long version, long step, string? uri = null) => LogOnce(_latest.ReportCheckpoint(version, step, uri));

    /// <summary>Sends the first heartbeat of a worker for a run that it was handed.</summary>
    /// <param name="orchestrator">The orchestrator.</param>
    /// <param name="run">The run as it was handed out.</param>
    /// <param name="options">How to hold it.</param>
    /// <param name="left">How long to try while there is no answer.</param>
    /// <param name="cancellationToken">Stops trying.</param>
    /// <returns>The run with its loops started, or why the heartbeat was not accepted.</returns>
    internal static async Task<Result<WorkerRun>> BeginAsync(
        IOrchestrator orchestrator, Run run, WorkerRunOptions options, Func<TimeSpan> left, CancellationToken cancellationToken)
    {
        var begun = new WorkerRun(orchestrator, run, options with { Logger = new SafeLogger(options.Logger) });
        if (await new FirstHeartbeat(begun._assignment, begun._heartbeats).SendAsync(left, cancellationToken).ConfigureAwait(false) is { } refusal)
        {
            begun._end.Dispose();
            return refusal;
        }

        begun.LogTaken(run.Attempt, run.Id, run.CurrentStep);
        begun._loops = begun.RunLoopsAsync();
        return begun;
    }

    /// <summary>Whether commands wait for the next check.</summary>
    internal bool HasCommands => _ledger.HasCommands;

    /// <summary>Whether the training was told to stop, or has nothing left to train for.</summary>
    internal bool IsStopping => _stop is not null || !_standing.IsHeld;

    /// <summary>There is no time left: nothing more is said.</summary>
    internal void Abort() => _standing.Abort();

    private Task RunLoopsAsync()
    {
        var reporting = Task.Run(() => _reporter.RunAsync(_end.Token), CancellationToken.None);
        return _assignment.Options.CommandWait == TimeSpan.Zero
            ? reporting
            : Task.WhenAll(reporting, Task.Run(() => new CommandPoll(_assignment, _standing, _ledger).RunAsync(_end.Token), CancellationToken.None));
    }

    private void OnCommands()
    {
        _control.Set();
        _reporter.Wake();
    }

    private Acknowledgement Acknowledge() => new() { Step = _latest.Read().Step, Attempt = Attempt, ClaimId = _assignment.ClaimId };

    private void LogOnce(ReportFaults faults)
    {
        if (faults == ReportFaults.None)
        {
            return;
        }

        var first = faults & ~(ReportFaults)Interlocked.Or(ref _loggedFaults, (int)faults);
        if (first.HasFlag(ReportFaults.StepBack))
        {
            LogStepBack(Id);
        }

        if (first.HasFlag(ReportFaults.Metrics))
        {
            LogLeftOut(_latest.MetricsFault, Id, "metrics (more than 64, a name with NUL or half a surrogate pair, or a map that changed while it was read)");
        }

        if (first.HasFlag(ReportFaults.Throughput))
        {
            LogLeftOut(null, Id, "a negative throughput");
        }

        if (first.HasFlag(ReportFaults.CheckpointUri))
        {
            LogLeftOut(null, Id, "the place of a checkpoint (more than 2,048 characters, NUL or half a surrogate pair)");
        }
    }

    [LoggerMessage(729, LogLevel.Information, "Attempt {Attempt} of run {RunId} is in the hands of this worker, from step {Step} on.", EventName = "RunTaken")]
    private partial void LogTaken(int attempt, RunId runId, long step);

    [LoggerMessage(730, LogLevel.Warning, "The training of run {RunId} went back to an earlier step or checkpoint; the highest one is reported until it has caught up.", EventName = "StepWentBack")]
    private partial void LogStepBack(RunId runId);

    [LoggerMessage(739, LogLevel.Warning, "A report of run {RunId} has {What}, which cannot be sent: it is left out, now and without a message from now on.", EventName = "ReportLeftOut")]
    private partial void LogLeftOut(Exception? fault, RunId runId, string what);
}
