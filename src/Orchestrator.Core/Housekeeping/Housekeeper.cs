using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orchestrator.Core.Diagnostics;
using Orchestrator.Core.Storage;
using Orchestrator.Storage;

namespace Orchestrator.Core.Housekeeping;

/// <summary>Drops the runs that are no longer kept, and counts those that there are. Both may take their time; sweeps, which may not, do not wait for them.</summary>
internal sealed partial class Housekeeper(
    IRunStore store, StoreClock clock, OrchestratorOptions options, TimeProvider time, Telemetry telemetry, ILogger<Housekeeper> logger) : BackgroundService
{
    private const int PurgeBite = 100;
    private const int BitesAtOnce = 20;

    /// <summary>Does all of it once. Whatever fails is told, and left to the next time.</summary>
    public async Task CleanUpAsync(CancellationToken cancellationToken)
    {
        await TryAsync(PurgeAsync, cancellationToken).ConfigureAwait(false);
        await TryAsync(CountAsync, cancellationToken).ConfigureAwait(false);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(options.Health.SweepInterval, time);
        try
        {
            do
            {
                await CleanUpAsync(stoppingToken).ConfigureAwait(false);
            }
            while (await timer.WaitForNextTickAsync(stoppingToken).ConfigureAwait(false));
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The host stops, or never came up.
        }
    }

    private async ValueTask TryAsync(Func<CancellationToken, ValueTask> chore, CancellationToken cancellationToken)
    {
        try
        {
            await chore(cancellationToken).ConfigureAwait(false);
        }
        catch (StoreUnavailableException)
        {
            telemetry.StoreFailed();
        }
        catch (Exception fault) when (!cancellationToken.IsCancellationRequested)
        {
            LogFailed(fault);
        }
    }

    private async ValueTask PurgeAsync(CancellationToken cancellationToken)
    {
        if (options.Retention.EndedRuns is not { } kept)
        {
            return;
        }

        var endedBefore = await clock.NowAsync(cancellationToken).ConfigureAwait(false) - kept;
        var dropped = 0;
        try
        {
            int bitten;
            do
            {
                bitten = await store.PurgeAsync(endedBefore, PurgeBite, cancellationToken).ConfigureAwait(false);
                dropped += bitten;
            }
            while (bitten == PurgeBite && dropped < BitesAtOnce * PurgeBite);
        }
        finally
        {
            if (dropped > 0)
            {
                LogDropped(dropped, endedBefore);
            }
        }
    }

    private async ValueTask CountAsync(CancellationToken cancellationToken)
    {
        if (telemetry.WantsRunCounts)
        {
            telemetry.RunCounts = await store.CountAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    [LoggerMessage(
        501,
        LogLevel.Information,
        "{Count} runs that ended before {EndedBefore:O} were dropped by Retention:EndedRuns, with their events, commands and audit entries.",
        EventName = "RunsDropped")]
    private partial void LogDropped(int count, DateTimeOffset endedBefore);

    [LoggerMessage(500, LogLevel.Error, "What is no longer kept could not be dropped, or what there is not be counted. It is tried again.", EventName = "HousekeepingFailed")]
    private partial void LogFailed(Exception fault);
}
