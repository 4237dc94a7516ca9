using System.Diagnostics.Metrics;

namespace Orchestrator.Core.Tests.Diagnostics;

/// <summary>What the instruments of one meter factory measure.</summary>
internal sealed class Measurements : IMeterFactory
{
    private readonly Lock _gate = new();
    private readonly List<Meter> _meters = [];
    private readonly List<string> _taken = [];
    private readonly MeterListener _listener = new();

    public Measurements()
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter.Scope == this)
            {
                listener.EnableMeasurementEvents(instrument);
            }
        };
        _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) =>
        {
            var text = $"{instrument.Name} {value}{string.Concat(tags.ToArray().Select(tag => $" {tag.Key}={tag.Value}"))}";
            lock (_gate)
            {
                _taken.Add(text);
            }
        });
        _listener.Start();
    }

    public IReadOnlyList<Meter> Meters => _meters;

    /// <summary>What was measured since the call before, as <c>instrument value tag=value</c>.</summary>
    public string[] Take()
    {
        lock (_gate)
        {
            string[] taken = [.. _taken];
            _taken.Clear();
            return taken;
        }
    }

    public Meter Create(MeterOptions options)
    {
        options.Scope = this;
        var meter = new Meter(options);
        _meters.Add(meter);
        return meter;
    }

    public void Dispose() => _listener.Dispose();
}
