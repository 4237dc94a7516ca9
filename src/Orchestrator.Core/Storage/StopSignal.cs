using Microsoft.Extensions.Hosting;

namespace Orchestrator.Core.Storage;

/// <summary>Tells everything that waits that the host stops, or that the orchestrator is disposed of.</summary>
internal sealed class StopSignal : IDisposable
{
    private readonly CancellationTokenSource _source = new();
    private readonly CancellationTokenRegistration _registration;

    public StopSignal(IHostApplicationLifetime? lifetime = null) =>
        _registration = lifetime?.ApplicationStopping.Register(_source.Cancel) ?? default;

    public CancellationToken Token => _source.Token;

    /// <summary>Gives the signal. The source stays usable: a wait may begin while the host goes down, and ends at once.</summary>
    public void Dispose()
    {
        _registration.Dispose();
        _source.Cancel();
    }
}
