using System.Diagnostics;
using System.Diagnostics.Metrics;
using Microsoft.Extensions.Logging;
using Orchestrator.Storage;

namespace Orchestrator.Core.Diagnostics;

/// <summary>What the engine tells of itself: the <see cref="ActivitySource"/> and <see cref="Meter"/> named <c>Orchestrator</c>. Tag values come from closed sets.</summary>
internal sealed partial class Telemetry : IDisposable
{
    private const string Name = "Orchestrator";

    private readonly ILogger<Telemetry> _logger;
    private readonly ActivitySource _activities = new(Name);
    private readonly Meter _meter;
    private readonly Counter<long> _heartbeats;
    private readonly Counter<long> _events;
    private readonly Counter<long> _conflicts;
    private readonly Counter<long> _storeFailures;
    private readonly UpDownCounter<long> _parked;

    public Telemetry(ILogger<Telemetry> logger, IMeterFactory? meters = null)
    {
        _logger = logger;
        _meter = meters?.Create(Name) ?? new Meter(Name);
        _heartbeats = _meter.CreateCounter<long>("orchestrator.heartbeats", "{heartbeat}", "Heartbeats, by result: accepted, duplicate, or the code of the refusal.");
        _events = _meter.CreateCounter<long>("orchestrator.events", "{event}", "Durable events, by type.");
        _conflicts = _meter.CreateCounter<long>("orchestrator.commit.conflicts", "{conflict}", "Commits that found the run changed and were decided again.");
        _storeFailures = _meter.CreateCounter<long>("orchestrator.store.failures", "{failure}", "Calls that the store did not answer.");
        _parked = _meter.CreateUpDownCounter<long>("orchestrator.polls.parked", "{poll}", "Polls that wait for a command or a run, by kind.");
    }

    public Activity? Start(string operation) => _activities.HasListeners() ? _activities.StartActivity(operation) : null;

    public void Heartbeat(string result) => _heartbeats.Add(1, new KeyValuePair<string, object?>("result", result));

    public void Parked(string kind, int change) => _parked.Add(change, new KeyValuePair<string, object?>("kind", kind));

    public void Conflicted() => _conflicts.Add(1);

    public void Committed(RunChange? change)
    {
        if (change is null)
        {
            return;
        }

        foreach (var told in change.Events)
        {
            _events.Add(1, new KeyValuePair<string, object?>("type", told.Type.ToWireName()));
            switch (told.Data)
            {
                case StateChangedData { Transition: var step }:
                    LogMoved(told.RunId, step.From, step.To, step.ChangedBy);
                    break;
                case HeartbeatRefusedData refused:
                    LogHeartbeatRefused(told.RunId, refused.Code);
                    break;
                case LossNotFiniteData diverged:
                    LogLossNotFinite(told.RunId, diverged.Step);
                    break;
            }
        }
    }

    public void StoreUnavailable(StoreUnavailableException fault)
    {
        _storeFailures.Add(1);
        LogStoreUnavailable(fault);
    }

    public void Dispose()
    {
        _activities.Dispose();
        _meter.Dispose();
    }
}
