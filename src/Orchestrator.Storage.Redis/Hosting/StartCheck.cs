using Microsoft.Extensions.Hosting;

namespace Orchestrator.Storage.Redis.Hosting;

/// <summary>Keeps a host from starting on a Redis that it must not use or lacks the rights to. A host that does not find its Redis starts, and serves when it is there.</summary>
internal sealed class StartCheck(IRunStore store) : IHostedService
{
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        try
        {
            await store.GetTimeAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (StoreUnavailableException fault) when (fault.IsTransient)
        {
            // The host serves when the store is back; until then each caller gets 503.
        }
        catch (StoreUnavailableException fault)
        {
            throw new InvalidOperationException(fault.Message, fault);
        }
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
