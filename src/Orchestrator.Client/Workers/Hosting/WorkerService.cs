using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orchestrator.Client.Diagnostics;

namespace Orchestrator.Client.Workers.Hosting;

/// <summary>Claims runs and has trainers execute them, as many at once as the options say, until the host stops.</summary>
internal sealed partial class WorkerService<TTrainer>(
    IServiceScopeFactory scopes, IOrchestrator orchestrator, ClaimNames names, WorkerOptions options, TimeProvider time, ILogger logger) : BackgroundService
    where TTrainer : class, ITrainer
{
    private static readonly TimeSpan ClaimWait = TimeSpan.FromSeconds(30);

    private readonly ILogger _logger = new SafeLogger(logger);
    private readonly string[] _names = [.. Enumerable.Range(0, options.MaxConcurrentRuns).Select(_ => names.Next(options.WorkerId))];
    private readonly CancellationTokenSource _outOfTime = new();

    /// <summary>Asks the trainers to stop, and waits for them for as long as the host does.</summary>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await using var patience = cancellationToken.UnsafeRegister(static service => ((WorkerService<TTrainer>)service!)._outOfTime.Cancel(), this);
        await base.StopAsync(cancellationToken).ConfigureAwait(false);
    }

    public override void Dispose()
    {
        base.Dispose();
        _outOfTime.Dispose();
    }

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => Task.WhenAll(_names.Select(name => WorkAsync(name, stoppingToken)));

    private async Task WorkAsync(string workerId, CancellationToken stopping)
    {
        var claim = new ClaimOptions { Labels = options.Labels, Offers = options.Offers, Wait = ClaimWait, Takeover = options.Takeover };
        var held = options.Run with { Shutdown = stopping, TimeProvider = time, Logger = _logger };
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                if (await orchestrator.ClaimAsync(workerId, claim, held, stopping).ConfigureAwait(false) is { } run)
                {
                    await ExecuteAsync(run).ConfigureAwait(false);
                }
            }
            catch (OperationCanceledException) when (stopping.IsCancellationRequested)
            {
                return;
            }
            catch (Exception fault)
            {
                LogClaimFailed(fault, workerId);
                await Task.Delay(held.Interval, time, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private async Task ExecuteAsync(WorkerRun run)
    {
        await using var held = run.ConfigureAwait(false);
        await using var patience = _outOfTime.Token.UnsafeRegister(static run => ((WorkerRun)run!).Abort(), run);
        try
        {
            await using var scope = scopes.CreateAsyncScope();
            await scope.ServiceProvider.GetRequiredService<TTrainer>().RunAsync(run, run.Aborted).ConfigureAwait(false);
            if (!run.IsStopping)
            {
                await run.CompleteAsync().ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (run.IsStopping || run.IsShuttingDown)
        {
            // Disposing of the run tells the rest.
        }
        catch (Exception fault)
        {
            LogTrainerFailed(fault, run.Id);
            await run.AbandonAsync(fault).ConfigureAwait(false);
        }
    }

    [LoggerMessage(733, LogLevel.Error, "The training of run {RunId} threw an exception. The run becomes errored, is terminated where it was told to end, or is handed back where the worker shuts down.", EventName = "TrainerFailed")]
    private partial void LogTrainerFailed(Exception fault, RunId runId);

    [LoggerMessage(734, LogLevel.Error, "Worker {WorkerId} could not claim a run; it tries again.", EventName = "ClaimFailed")]
    private partial void LogClaimFailed(Exception fault, string workerId);
}
