using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;

namespace Orchestrator.AspNetCore.Tests.Http;

/// <summary>Counts the polls that wait on a host, by its own instrument <c>orchestrator.polls.parked</c>.</summary>
internal sealed class ParkedPolls : IDisposable
{
    private readonly MeterListener _listener = new();
    private readonly Lock _gate = new();
    private long _count;
    private (long Count, TaskCompletionSource Reached)? _awaited;

    public ParkedPolls(IServiceProvider services)
    {
        var meters = services.GetRequiredService<IMeterFactory>();
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Name == "orchestrator.polls.parked" && instrument.Meter.Scope == meters)
            {
                listener.EnableMeasurementEvents(instrument);
            }
        };
        _listener.SetMeasurementEventCallback<long>((_, change, _, _) => Move(change));
        _listener.Start();
    }

    /// <summary>Returns as soon as so many polls wait.</summary>
    public Task AreAsync(int count)
    {
        lock (_gate)
        {
            if (_count == count)
            {
                return Task.CompletedTask;
            }

            _awaited = (count, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
            return _awaited.Value.Reached.Task.WaitAsync(TimeSpan.FromSeconds(30));
        }
    }

    public void Dispose() => _listener.Dispose();

    private void Move(long change)
    {
        lock (_gate)
        {
            _count += change;
            if (_awaited is { } awaited && awaited.Count == _count)
            {
                _awaited = null;
                awaited.Reached.SetResult();
            }
        }
    }
}
