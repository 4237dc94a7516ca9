using System.Diagnostics.Metrics;

namespace Orchestrator.Storage.Faults.Hosts;

/// <summary>What the hosts in this process measure of themselves, from now on.</summary>
internal sealed class HostMeasures : IDisposable
{
    private readonly MeterListener _listener = new();
    private long _parked;
    private long _storeFailures;

    public HostMeasures()
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Name is "orchestrator.polls.parked" or "orchestrator.store.failures")
            {
                listener.EnableMeasurementEvents(instrument);
            }
        };
        _listener.SetMeasurementEventCallback<long>((instrument, value, _, _) =>
            Interlocked.Add(ref instrument.Name == "orchestrator.polls.parked" ? ref _parked : ref _storeFailures, value));
        _listener.Start();
    }

    /// <summary>How many polls and claims wait.</summary>
    public long Parked => Interlocked.Read(ref _parked);

    /// <summary>How many calls the store did not answer.</summary>
    public long StoreFailures => Interlocked.Read(ref _storeFailures);

    public void Dispose() => _listener.Dispose();
}
