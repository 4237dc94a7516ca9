using Microsoft.Extensions.Logging;
using Orchestrator.Client.Diagnostics;
using Orchestrator.Client.Workers;

namespace Orchestrator;

/// <summary>
/// A run in the hands of a worker, from <see cref="OrchestratorWorkerExtensions.AttachAsync"/> or
/// <see cref="OrchestratorWorkerExtensions.ClaimAsync"/> until it is disposed of. Heartbeats, commands and answers go on beside the training; while
/// the orchestrator is away the training goes on, and is reported when it is back.
/// </summary>
/// <remarks>
/// <para>Disposing of it tells how the run ended where nothing else did: after a <c>terminate</c> the command is acknowledged and the run becomes
/// <c>terminated</c>; at a shutdown it goes back to the queue, in a new attempt from the last checkpoint on, or from step 0 where the caller
/// may begin no attempts; a run that was lost is left alone; and without a word it becomes <c>errored</c>.</para>
/// <para>One training loop calls <see cref="CheckControlAsync"/>, one call at a time; everything else may be called from anywhere.</para>
/// </remarks>
public sealed partial class WorkerRun : IAsyncDisposable
{
    private const string Unsaid = "The worker let go of the run and did not say how it ended.";
    private const string ShutDown = "The worker shuts down.";

    private readonly ILogger _logger;
    private readonly Assignment _assignment;
    private readonly Standing _standing;
    private readonly LatestReport _latest;
    private readonly CommandLedger _ledger;
    private readonly Reporter _reporter;
    private readonly Signal _control = new();
    private readonly CancellationTokenSource _end;
    private readonly Task _loops;
    private int _toldOfStepBack;
    private int _disposed;

    private WorkerRun(IOrchestrator orchestrator, Run run, WorkerRunOptions options)
    {
        Run = run;
        _logger = options.Logger;
        _isPaused = run.State == RunState.Paused;
        _assignment = new Assignment(orchestrator, run, options);
        _standing = new Standing(_assignment, new CancellationTokenSource());
        _latest = new LatestReport(run);
        _ledger = new CommandLedger(OnCommands);
        _reporter = new Reporter(_assignment, _standing, _latest, _ledger, _isPaused ? RuntimeStatus.Paused : RuntimeStatus.Running);
        _end = CancellationTokenSource.CreateLinkedTokenSource(_standing.Aborted);
        _standing.Aborted.Register(_control.Set);
        LogTaken(run.Attempt, run.Id, run.CurrentStep);
        _loops = RunLoopsAsync();
    }

    /// <summary>
    /// The run as it was handed out: what to launch, from which step and checkpoint on, and the tunables in force. It does not follow the run.
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

    /// <summary>Tells where the training is. It costs no I/O: the newest report is sent with the next heartbeat.</summary>
    /// <param name="step">
    /// How far it is. Within an attempt the highest step stands: after a roll-back the run stays where it was until the training has caught up. The same
    /// holds for checkpoints.
    /// </param>
    /// <param name="loss">The loss; may be NaN or infinite.</param>
    /// <param name="samplesPerSec">The throughput.</param>
    /// <param name="checkpointVersion">
    /// The newest checkpoint; absent when it is still the same. It counts as made at the step of the report before; <see cref="ReportCheckpoint"/> is exact.
    /// </param>
    /// <param name="metrics">Other numbers, which replace those before; the first 64 are sent.</param>
    public void Report(
        long step, double loss, double samplesPerSec, long? checkpointVersion = null, IReadOnlyDictionary<string, double>? metrics = null)
    {
        if (!_latest.Report(step, loss, samplesPerSec, checkpointVersion, metrics))
        {
            TellOfStepBack();
        }
    }

    /// <summary>Tells of a checkpoint that is complete. Whoever goes on with the run after this worker begins there.</summary>
    /// <param name="version">Which one, rising.</param>
    /// <param name="step">The step that it was made at.</param>
    /// <param name="uri">Where it is, up to 2,048 characters.</param>
    public void ReportCheckpoint(long version, long step, string? uri = null)
    {
        if (!_latest.ReportCheckpoint(version, step, uri))
        {
            TellOfStepBack();
        }
    }

    /// <summary>Reports that the work is done: the run becomes <c>completed</c>, with the last numbers. Tried again while nobody answers.</summary>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <returns>
    /// Whether that is so now. <see langword="false"/> when the run had ended or been given to another attempt before, or when nobody answered for
    /// <see cref="WorkerRunOptions.FinalReportTimeout"/>.
    /// </returns>
    public Task<bool> CompleteAsync(CancellationToken cancellationToken = default) =>
        EndAsync(new Ending(RunState.Completed, "completed by the worker")).WaitAsync(cancellationToken);

    /// <summary>Reports that the work has failed for good: the run becomes <c>failed</c>, which is final.</summary>
    /// <param name="reason">Why, for people; the first 1,024 characters are told.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <returns><inheritdoc cref="CompleteAsync" path="/returns"/></returns>
    public Task<bool> FailAsync(string reason, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(reason);
        return EndAsync(new Ending(RunState.Failed, Words.Fit(reason))).WaitAsync(cancellationToken);
    }

    /// <summary>
    /// Reports an error and lets go of the run: it becomes <c>errored</c>, from where it can be started again in a new attempt, or be failed. A run that
    /// was told to end, or whose worker shuts down, is ended in that way instead.
    /// </summary>
    /// <param name="reason">What went wrong, for people; the first 1,024 characters are told.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <returns><inheritdoc cref="CompleteAsync" path="/returns"/></returns>
    public Task<bool> AbandonAsync(string reason, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(reason);
        return SettleAsync(Words.Fit(reason)).WaitAsync(cancellationToken);
    }

    /// <summary>
    /// Tells how the run ended, where nothing else did, and stops heartbeats and polls. While nobody answers it waits, for
    /// <see cref="WorkerRunOptions.FinalReportTimeout"/> at most.
    /// </summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 1)
        {
            return;
        }

        if (_standing.IsHeld)
        {
            await SettleAsync(null).ConfigureAwait(false);
        }

        await _end.CancelAsync().ConfigureAwait(false);
        await _loops.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _end.Dispose();
    }

    internal static WorkerRun Start(IOrchestrator orchestrator, Run run, WorkerRunOptions options) =>
        new(orchestrator, run, options with { Logger = new SafeLogger(options.Logger) });

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

    /// <summary>Ends the run as things stand, unless an end was said before; that is waited for then.</summary>
    private Task<bool> SettleAsync(string? fault)
    {
        if (_reporter.Ending is { } said)
        {
            return said.Told;
        }

        var terminates = _terminates.Concat(_ledger.TakeTerminates()).ToArray();
        if (terminates.Length > 0)
        {
            foreach (var terminate in terminates)
            {
                _ledger.Answer(terminate, Acknowledge() with { Reason = fault });
            }

            return EndAsync(new Ending(RunState.Terminated, fault ?? _stop?.Reason ?? "terminated"));
        }

        return EndAsync(_stop is not null || _assignment.Options.Shutdown.IsCancellationRequested
            ? new Ending(null, fault ?? ShutDown)
            : new Ending(RunState.Errored, fault ?? Unsaid));
    }

    private Task<bool> EndAsync(Ending ending)
    {
        var told = _reporter.EndAsync(ending);

        // A check that is held by a pause has nothing to wait for any more.
        _control.Set();
        return told;
    }

    private Acknowledgement Acknowledge() => new() { Step = _latest.Read().Step, Attempt = Attempt };

    private void TellOfStepBack()
    {
        if (Interlocked.Exchange(ref _toldOfStepBack, 1) == 0)
        {
            LogStepBack(Id);
        }
    }

    [LoggerMessage(729, LogLevel.Information, "Attempt {Attempt} of run {RunId} is in the hands of this worker, from step {Step} on.", EventName = "RunTaken")]
    private partial void LogTaken(int attempt, RunId runId, long step);

    [LoggerMessage(730, LogLevel.Warning, "The training of run {RunId} went back to an earlier step or checkpoint; the highest one is reported until it has caught up.", EventName = "StepWentBack")]
    private partial void LogStepBack(RunId runId);
}
