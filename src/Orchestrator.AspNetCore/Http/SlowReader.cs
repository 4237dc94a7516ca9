using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Orchestrator.AspNetCore.Http;

/// <summary>
/// Bounds what a caller costs who does not read its answer. A write that does not finish within 30 s cuts the connection. When the host stops, the connection is cut
/// 500 ms later if the caller has not taken the rest; it would hold up the stop to the end of the shutdown time-out otherwise.
/// </summary>
internal static class SlowReader
{
    // The system takes a write when a third of its buffer is free. With a small one, a caller who reads 3 KB/s is seen to read within 30 s.
    private const int SendBuffer = 64 * 1_024;

    private static readonly TimeSpan LongestWrite = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan StopGrace = TimeSpan.FromMilliseconds(500);
    private static readonly object IsBounded = new();

    /// <summary>Bounds the connection of an answer that the caller may not read. The connection outlives the request: the server still sends what it has then.</summary>
    public static void Bound(HttpContext context)
    {
        if (context.Features.Get<IConnectionLifetimeFeature>() is not { } connection
            || context.Features.Get<IConnectionItemsFeature>()?.Items.TryAdd(IsBounded, true) != true)
        {
            return;
        }

        if (context.Features.Get<IConnectionSocketFeature>() is { Socket: var socket })
        {
            socket.SendBufferSize = SendBuffer;
        }

        var stopping = context.RequestServices.GetService<IHostApplicationLifetime>()?.ApplicationStopping.Register(() => _ = CutAsync(connection)) ?? default;
        connection.ConnectionClosed.Register(() => stopping.Unregister());
    }

    /// <summary>Waits for a write to finish, and cuts the connection when it does not.</summary>
    /// <returns>Whether it finished.</returns>
    /// <exception cref="OperationCanceledException">The caller has gone.</exception>
    public static async ValueTask<bool> TakesAsync(HttpContext context, Task write)
    {
        Bound(context);
        try
        {
            await write.WaitAsync(LongestWrite, context.RequestServices.GetRequiredService<TimeProvider>()).ConfigureAwait(false);
            return true;
        }
        catch (TimeoutException)
        {
            context.Abort();
            await write.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            return false;
        }
    }

    private static async Task CutAsync(IConnectionLifetimeFeature connection)
    {
        // By the clock of the machine, as the host measures its shutdown time-out.
        await Task.Delay(StopGrace, TimeProvider.System, connection.ConnectionClosed).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (!connection.ConnectionClosed.IsCancellationRequested)
        {
            connection.Abort();
        }
    }
}
