using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;

namespace Orchestrator.AspNetCore.Tests.Http;

/// <summary>Waits for the sweeps of a host, by its own instrument <c>orchestrator.sweep.duration</c>.</summary>
internal sealed class Sweeps : IDisposable
{
    private readonly MeterListener _listener = new();
    private readonly SemaphoreSlim _done = new(0);

    public Sweeps(IServiceProvider services)
    {
        var meters = services.GetRequiredService<IMeterFactory>();
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Name == "orchestrator.sweep.duration" && instrument.Meter.Scope == meters)
            {
                listener.EnableMeasurementEvents(instrument);
            }
        };
        _listener.SetMeasurementEventCallback<double>((_, _, _, _) => _done.Release());
        _listener.Start();
    }

    /// <summary>Returns when one more sweep is done than was waited for.</summary>
    public async Task NextAsync() => Assert.True(await _done.WaitAsync(TimeSpan.FromSeconds(30)), "there was no sweep");

    public void Dispose()
    {
        _listener.Dispose();
        _done.Dispose();
    }
}
