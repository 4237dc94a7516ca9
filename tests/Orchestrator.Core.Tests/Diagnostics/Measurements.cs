using System.Diagnostics.Metrics;
using System.Globalization;

namespace Orchestrator.Core.Tests.Diagnostics;

/// <summary>What the instruments of one meter factory measure.</summary>
internal sealed class Measurements : IMeterFactory
{
    private readonly Lock _gate = new();
    private readonly List<Meter> _meters = [];
    private readonly List<string> _taken = [];
    private readonly MeterListener _listener = new();

    /// <param name="durations">Whether times are measured too.</param>
    public Measurements(bool durations = false)
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter.Scope == this)
            {
                listener.EnableMeasurementEvents(instrument);
            }
        };
        _listener.SetMeasurementEventCallback<long>(Keep);
        if (durations)
        {
            _listener.SetMeasurementEventCallback<double>(Keep);
        }

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

    /// <summary>Has the instruments measured that are only measured when somebody asks.</summary>
    public void Observe() => _listener.RecordObservableInstruments();

    public Meter Create(MeterOptions options)
    {
        options.Scope = this;
        var meter = new Meter(options);
        _meters.Add(meter);
        return meter;
    }

    public void Dispose() => _listener.Dispose();

    private void Keep<T>(Instrument instrument, T value, ReadOnlySpan<KeyValuePair<string, object?>> tags, object? state)
        where T : struct, IFormattable
    {
        var text = string.Create(CultureInfo.InvariantCulture, $"{instrument.Name} {value}{string.Concat(tags.ToArray().Select(tag => $" {tag.Key}={tag.Value}"))}");
        lock (_gate)
        {
            _taken.Add(text);
        }
    }
}
