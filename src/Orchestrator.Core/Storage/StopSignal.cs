using Microsoft.Extensions.Hosting;

namespace Orchestrator.Core.Storage;

/// <summary>Tells everything that waits that the host stops, or that the orchestrator is disposed of.</summary>
internal sealed class StopSignal : IDisposable
{
    private readonly CancellationTokenSource _source;

    public StopSignal(IHostApplicationLifetime? lifetime = null)
    {
        _source = CancellationTokenSource.CreateLinkedTokenSource(lifetime?.ApplicationStopping ?? CancellationToken.None);
        Token = _source.Token;
    }

    public CancellationToken Token { get; }

    public void Dispose()
    {
        _source.Cancel();
        _source.Dispose();
    }
}
