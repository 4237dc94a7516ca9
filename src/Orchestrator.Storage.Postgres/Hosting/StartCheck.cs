using Microsoft.Extensions.Hosting;

namespace Orchestrator.Storage.Postgres.Hosting;

/// <summary>Lets a host that finds other tables than it needs not start. One that does not find its database starts, and serves when it is there.</summary>
internal sealed class StartCheck(IRunStore store) : IHostedService
{
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        try
        {
            await store.GetTimeAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (StoreUnavailableException)
        {
            // Every caller is told so.
        }
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
