using System.Diagnostics;
using System.Diagnostics.Metrics;
using Microsoft.Extensions.Logging;
using Orchestrator.Storage;

namespace Orchestrator.Core.Diagnostics;

/// <summary>What the engine tells of itself: the <see cref="ActivitySource"/> and <see cref="Meter"/> named <c>Orchestrator</c>. Tag values come from closed sets.</summary>
internal sealed partial class Telemetry : IDisposable
{
    private const string Name = "Orchestrator";

    // From a commit to a run that waits for its worker.
    private static readonly InstrumentAdvice<double> Durations = new()
    {
        HistogramBucketBoundaries = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1_800],
    };

    private readonly ILogger<Telemetry> _logger;
    private readonly StoreWatch _store;
    private readonly ActivitySource _activities = new(Name);
    private readonly Meter _meter;
    private readonly Counter<long> _heartbeats;
    private readonly Histogram<double> _heartbeatInterval;
    private readonly Counter<long> _events;
    private readonly Counter<long> _healthTransitions;
    private readonly Histogram<double> _commandDelivery;
    private readonly Histogram<double> _commandApply;
    private readonly Counter<long> _redeliveries;
    private readonly Counter<long> _conflicts;
    private readonly Counter<long> _storeFailures;
    private readonly UpDownCounter<long> _parked;
    private readonly ObservableGauge<long> _runs;
    private readonly Histogram<double> _sweepDuration;
    private readonly Histogram<double> _sweepLag;
    private readonly Gauge<double> _publisherLag;
    private readonly Counter<long> _publisherFailures;
    private volatile IReadOnlyList<RunCount> _runCounts = [];

    public Telemetry(ILogger<Telemetry> logger, StoreWatch store, IMeterFactory? meters = null)
    {
        _logger = logger;
        _store = store;
        _meter = meters?.Create(Name) ?? new Meter(Name);
        _heartbeats = _meter.CreateCounter<long>("orchestrator.heartbeats", "{heartbeat}", "Heartbeats, by result: accepted, duplicate, or the code of the refusal.");
        _heartbeatInterval = CreateDurations("orchestrator.heartbeat.interval", "Time between two accepted heartbeats of an attempt.");
        _events = _meter.CreateCounter<long>("orchestrator.events", "{event}", "Durable events, by type.");
        _healthTransitions = _meter.CreateCounter<long>("orchestrator.health.transitions", "{transition}", "Changes of health, by from and to.");
        _commandDelivery = CreateDurations("orchestrator.command.delivery", "Time from a command's acceptance to its first delivery.");
        _commandApply = CreateDurations("orchestrator.command.apply", "Time from a command's last delivery to its acknowledgement.");
        _redeliveries = _meter.CreateCounter<long>("orchestrator.command.redeliveries", "{delivery}", "Deliveries of commands that had been delivered before.");
        _conflicts = _meter.CreateCounter<long>("orchestrator.commit.conflicts", "{conflict}", "Commits that found the run changed and were decided again.");
        _storeFailures = _meter.CreateCounter<long>("orchestrator.store.failures", "{failure}", "Calls that the store did not answer.");
        _parked = _meter.CreateUpDownCounter<long>("orchestrator.polls.parked", "{poll}", "Polls that wait for a command or a run, by kind.");
        _runs = _meter.CreateObservableGauge("orchestrator.runs", MeasureRuns, "{run}", "Runs, by state and health, as of the last count.");
        _sweepDuration = CreateDurations("orchestrator.sweep.duration", "How long a sweep took.");
        _sweepLag = CreateDurations("orchestrator.sweep.lag", "How long what a sweep found had been due.");
        _publisherLag = _meter.CreateGauge<double>("orchestrator.publisher.lag", "s", "How old the newest event was when it was published, by publisher.");
        _publisherFailures = _meter.CreateCounter<long>("orchestrator.publisher.failures", "{failure}", "Failed tries to publish, by publisher.");
    }

    /// <summary>How many runs there are, by state and health, as of the last count.</summary>
    public IReadOnlyList<RunCount> RunCounts
    {
        set => _runCounts = value;
    }

    /// <summary>Whether anybody reads <see cref="RunCounts"/>.</summary>
    public bool WantsRunCounts => _runs.Enabled;

    /// <summary>Whether activities have a listener.</summary>
    public bool IsTraced => _activities.HasListeners();

    /// <summary>Carries an operation out as an activity.</summary>
    /// <param name="operation">Its name.</param>
    /// <param name="lookup">The run and the command that it is about.</param>
    /// <param name="carryOut">The operation.</param>
    public async ValueTask<Result<T>> TraceAsync<T>(string operation, RunLookup lookup, Func<ValueTask<Result<T>>> carryOut)
    {
        using var activity = _activities.StartActivity(operation);
        activity?.SetTag("orchestrator.run.id", lookup.Run.Value);
        if (lookup.Command is { } command)
        {
            activity?.SetTag("orchestrator.command.id", command.Value);
        }

        var result = await carryOut().ConfigureAwait(false);
        if (result.Refusal is { } refusal)
        {
            activity?.SetTag("orchestrator.refusal", refusal.Code.ToWireName());
        }

        return result;
    }

    public void Heartbeat(string result) => _heartbeats.Add(1, Tag("result", result));

    public void HeartbeatAccepted(TimeSpan? interval)
    {
        Heartbeat("accepted");
        if (interval is { } time && _heartbeatInterval.Enabled)
        {
            _heartbeatInterval.Record(time.TotalSeconds);
        }
    }

    public void Parked(string kind, int change) => _parked.Add(change, Tag("kind", kind));

    public void Conflicted() => _conflicts.Add(1);

    public void Committed(RunChange? change)
    {
        if (change is null)
        {
            return;
        }

        foreach (var told in change.Events)
        {
            _events.Add(1, Tag("type", told.Type.ToWireName()));
            Tell(told);
        }
    }

    public void Swept(TimeSpan duration, TimeSpan lag)
    {
        _sweepDuration.Record(duration.TotalSeconds);
        _sweepLag.Record(lag.TotalSeconds);
    }

    public void Published(string publisher, TimeSpan lag) => _publisherLag.Record(lag.TotalSeconds, Tag("publisher", publisher));

    public void PublisherFailed(string publisher) => _publisherFailures.Add(1, Tag("publisher", publisher));

    /// <summary>A request lost the race for its run so often that its decision and the store's guards must contradict each other.</summary>
    public void GaveUpOnConflicts(RunId run, int rounds) => LogGaveUpOnConflicts(run, rounds);

    /// <summary>The store failed a call of the host's own, which repeats it. <see cref="StoreWatch"/> logs the outage.</summary>
    public void StoreFailed() => _storeFailures.Add(1);

    /// <summary>A call is refused because the store failed. <see cref="StoreWatch"/> logs the outage.</summary>
    public void StoreUnavailable()
    {
        _storeFailures.Add(1);
        _store.Refused();
    }

    public void Dispose()
    {
        _activities.Dispose();
        _meter.Dispose();
    }

    private void Tell(RunEvent told)
    {
        switch (told.Data)
        {
            case StateChangedData { Transition: var step }:
                LogMoved(told.RunId, step.From, step.To, new LogText(step.ChangedBy));
                break;
            case HealthChangedData health:
                _healthTransitions.Add(1, Tag("from", health.From.ToWireName()), Tag("to", health.To.ToWireName()));
                if (health.Standstill is { } standstill)
                {
                    LogStalled(told.RunId, health.From, standstill.TotalSeconds);
                }
                else
                {
                    LogHealthChanged(told.RunId, health.From, health.To, health.Silence.TotalSeconds);
                }

                break;
            case TerminateRecommendedData recommended:
                LogTerminateRecommended(told.RunId, recommended.Silence.TotalSeconds);
                break;
            case RolledBackData lost:
                LogRolledBack(told.RunId, lost.Seen, lost.Found);
                break;
            case HeartbeatRefusedData refused:
                LogHeartbeatRefused(told.RunId, refused.Code);
                break;
            case LossNotFiniteData diverged:
                LogLossNotFinite(told.RunId, diverged.Step);
                break;
            case CommandData { Command: var command }:
                Measure(told.Type, command);
                break;
        }
    }

    private void Measure(EventType type, Command command)
    {
        if (type == EventType.CommandDelivered && command.DeliveryCount > 1)
        {
            _redeliveries.Add(1);
        }
        else if (type == EventType.CommandDelivered && command.DeliveredAt is { } delivered)
        {
            _commandDelivery.Record((delivered - command.CreatedAt).TotalSeconds);
        }
        else if (type == EventType.CommandAcknowledged && command.AcknowledgedAt - command.DeliveredAt is { } taken)
        {
            _commandApply.Record(taken.TotalSeconds);
        }
    }

    private Histogram<double> CreateDurations(string name, string description) => _meter.CreateHistogram(name, "s", description, tags: null, Durations);

    private IEnumerable<Measurement<long>> MeasureRuns() =>
        _runCounts.Select(count => new Measurement<long>(count.Count, Tag("state", count.State.ToWireName()), Tag("health", count.Health.ToWireName())));

    private static KeyValuePair<string, object?> Tag(string name, string value) => new(name, value);
}
