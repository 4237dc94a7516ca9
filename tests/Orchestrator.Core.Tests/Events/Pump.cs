using Orchestrator.Core.Tests.Hosting;

namespace Orchestrator.Core.Tests.Events;

/// <summary>A pump that runs until it is disposed of.</summary>
internal sealed class Pump : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _running;

    public Pump(TestHost host, IEventPublisher publisher) => _running = Task.Run(() => host.Engine.PumpTo(publisher).RunAsync(_stop.Token));

    /// <summary>Stops it as a host that stops does.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running.WaitAsync(TestHost.Patience);
        _stop.Dispose();
    }
}
