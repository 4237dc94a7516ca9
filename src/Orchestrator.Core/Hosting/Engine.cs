using System.Diagnostics.Metrics;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orchestrator.Core.Audit;
using Orchestrator.Core.Commands;
using Orchestrator.Core.Diagnostics;
using Orchestrator.Core.Events;
using Orchestrator.Core.Heartbeats;
using Orchestrator.Core.Housekeeping;
using Orchestrator.Core.Listing;
using Orchestrator.Core.Runs;
using Orchestrator.Core.Sealing;
using Orchestrator.Core.Storage;
using Orchestrator.Core.Sweeping;
using Orchestrator.Storage;

namespace Orchestrator.Core.Hosting;

/// <summary>The orchestrator, put together over a store.</summary>
internal sealed class Engine : IOrchestrator, IAsyncDisposable, IDisposable
{
    private readonly StopSignal _stop;
    private readonly Telemetry _telemetry;
    private readonly Committer _committer;
    private readonly IDisposable _subscription;
    private readonly Func<IEventPublisher, PublisherPump> _pump;

    public Engine(
        IRunStore store,
        OrchestratorOptions options,
        TimeProvider time,
        ILoggerFactory loggers,
        IMeterFactory? meters = null,
        IHostApplicationLifetime? lifetime = null)
    {
        _stop = new StopSignal(lifetime);
        var watch = new StoreWatch(time, loggers.CreateLogger<StoreWatch>());
        StoreStatus = watch;
        if (store is not InMemoryRunStore)
        {
            // The memory of this process cannot be out of reach.
            store = new WatchedStore(store, watch);
        }

        _telemetry = new Telemetry(loggers.CreateLogger<Telemetry>(), watch, meters);
        _committer = new Committer(store, time, loggers.CreateLogger<Committer>());
        var clock = new StoreClock(store, time);
        var executor = new RunExecutor(store, RecentViews.For(store, options.Retention, time), _committer, clock, new AuditSealer(options.Audit), _telemetry);
        Feed = new EventFeed(store, _telemetry, time, _stop);
        var polls = new Gates<RunId>(time, _stop);
        var claims = new Gates<ClaimKey>(time, _stop);
        var queue = new QueueWatch(store, claims, _telemetry, _stop);
        _subscription = store.Subscribe((run, state) =>
        {
            polls.Wake(run);
            Feed.Wake(run);
            if (state == RunState.Queued)
            {
                queue.OnQueued(run);
            }
        });

        var pages = new RunPages(executor, _telemetry);
        Runs = new RunOperations(executor, pages, store, new Claims(executor, store, claims, options, _telemetry), options, _telemetry);
        Heartbeats = new HeartbeatOperations(executor, Feed, options, _telemetry);
        Commands = new CommandOperations(executor, pages, store, polls, options, _telemetry);
        Audit = new AuditOperations(pages, store, options.Audit, _telemetry);
        Sweeper = new Sweeper(executor, _committer, store, clock, options, time, _telemetry, loggers.CreateLogger<Sweeper>());
        Housekeeper = new Housekeeper(store, clock, options, time, _telemetry, loggers.CreateLogger<Housekeeper>());

        var owner = $"{Environment.MachineName}/{Guid.CreateVersion7(time.GetUtcNow())}";
        _pump = publisher => new PublisherPump(publisher, owner, store, Feed, clock, time, _telemetry, loggers.CreateLogger<PublisherPump>());
    }

    public IRunOperations Runs { get; }

    public IHeartbeatOperations Heartbeats { get; }

    public ICommandOperations Commands { get; }

    public IAuditOperations Audit { get; }

    /// <summary>What this host knows of its store.</summary>
    public IStoreStatus StoreStatus { get; }

    public Sweeper Sweeper { get; }

    public Housekeeper Housekeeper { get; }

    public EventFeed Feed { get; }

    public ValueTask<Result<EventReading>> SubscribeAsync(
        EventSubscription? subscription = null, CancellationToken cancellationToken = default) =>
        Feed.SubscribeAsync(subscription ?? new EventSubscription(), cancellationToken);

    /// <summary>The pump that carries events to a publisher.</summary>
    public PublisherPump PumpTo(IEventPublisher publisher) => _pump(publisher);

    /// <summary>As <see cref="DisposeAsync"/>, without waiting for what was sent to the store.</summary>
    public void Dispose() => _ = DisposeAsync().AsTask();

    /// <summary>Ends every wait, finishes what was sent to the store, and lets go.</summary>
    public async ValueTask DisposeAsync()
    {
        _stop.Dispose();
        _subscription.Dispose();
        await _committer.DisposeAsync().ConfigureAwait(false);
        Sweeper.Dispose();
        Housekeeper.Dispose();
        _telemetry.Dispose();
    }
}
