using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orchestrator.Core.Storage;
using Orchestrator.Storage;

namespace Orchestrator.Core.Health;

/// <summary>Looks at every run whose time has come, again and again, for as long as the host runs. Right with any number of hosts.</summary>
internal sealed partial class Sweeper(
    RunExecutor executor, IRunStore store, StoreClock clock, OrchestratorOptions options, TimeProvider time, ILogger<Sweeper> logger) : BackgroundService
{
    private const int PageSize = 256;
    private static readonly Call Sweep = Call.Plain("health.sweep");

    /// <summary>Looks at every run that is due now.</summary>
    public async Task SweepAsync(CancellationToken cancellationToken)
    {
        var now = await clock.MeasureAsync(cancellationToken).ConfigureAwait(false);
        RunHead? last = null;
        while (true)
        {
            var due = await store.FindDueAsync(now, PageSize, last, cancellationToken).ConfigureAwait(false);
            foreach (var head in due)
            {
                var decider = new DueDecider(head.Id, options.Commands);
                _ = await executor
                    .ExecuteAsync<DueDecider, bool>(new RunLookup(head.Id), decider, Sweep, cancellationToken)
                    .ConfigureAwait(false);
            }

            if (due.Count < PageSize)
            {
                return;
            }

            last = due[^1];
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(options.Health.SweepInterval, time);
        while (await timer.WaitForNextTickAsync(stoppingToken).ConfigureAwait(false))
        {
            try
            {
                await SweepAsync(stoppingToken).ConfigureAwait(false);
            }
            catch (StoreUnavailableException fault)
            {
                LogStoreUnavailable(fault);
            }
        }
    }
}
