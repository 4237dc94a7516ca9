using System.Diagnostics.Metrics;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orchestrator.Core.Audit;
using Orchestrator.Core.Commands;
using Orchestrator.Core.Diagnostics;
using Orchestrator.Core.Health;
using Orchestrator.Core.Heartbeats;
using Orchestrator.Core.Runs;
using Orchestrator.Core.Storage;
using Orchestrator.Storage;

namespace Orchestrator.Core.Hosting;

/// <summary>The orchestrator, put together over a store.</summary>
internal sealed class Engine : IOrchestrator, IAsyncDisposable
{
    private readonly StopSignal _stop;
    private readonly Telemetry _telemetry;
    private readonly Committer _committer;
    private readonly IDisposable _subscription;

    public Engine(
        IRunStore store,
        OrchestratorOptions options,
        TimeProvider time,
        ILoggerFactory loggers,
        IMeterFactory? meters = null,
        IHostApplicationLifetime? lifetime = null)
    {
        _stop = new StopSignal(lifetime);
        _telemetry = new Telemetry(loggers.CreateLogger<Telemetry>(), meters);
        _committer = new Committer(store, loggers.CreateLogger<Committer>());
        var clock = new StoreClock(store, time);
        var executor = new RunExecutor(store, _committer, clock, new AuditSealer(options.Audit), _telemetry);
        var polls = new Gates<RunId>(time, _stop);
        var claims = new Gates<string>(time, _stop);
        _subscription = store.Subscribe((run, state) =>
        {
            polls.Wake(run);
            if (state == RunState.Queued)
            {
                claims.WakeAll();
            }
        });

        Runs = new RunOperations(executor, store, clock, new Claims(executor, store, claims, options, _telemetry), options, _telemetry);
        Heartbeats = new HeartbeatOperations(executor, options, _telemetry);
        Commands = new CommandOperations(executor, store, clock, polls, options, _telemetry);
        Sweeper = new Sweeper(executor, store, clock, options, time, loggers.CreateLogger<Sweeper>());
    }

    public IRunOperations Runs { get; }

    public IHeartbeatOperations Heartbeats { get; }

    public ICommandOperations Commands { get; }

    public Sweeper Sweeper { get; }

    /// <summary>Ends every wait, finishes what was sent to the store, and lets go.</summary>
    public async ValueTask DisposeAsync()
    {
        _stop.Dispose();
        _subscription.Dispose();
        await _committer.DisposeAsync().ConfigureAwait(false);
        Sweeper.Dispose();
        _telemetry.Dispose();
    }
}
