using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Orchestrator.Storage.Postgres.Tests.Faults.Proxy;

/// <summary>
/// Stands between a store and its server, and cuts connections after the server has done what it was told and before its answer has passed.
/// </summary>
internal sealed class FaultProxy : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly int _server;
    private readonly Func<ServerAnswer, ValueTask<bool>> _isCut;
    private readonly ConcurrentDictionary<Task, bool> _connections = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _accepting;
    private int _cuts;

    /// <param name="server">The port of the server.</param>
    /// <param name="isCut">Whether to cut the connection instead of passing this answer.</param>
    public FaultProxy(int server, Func<ServerAnswer, ValueTask<bool>> isCut)
    {
        (_server, _isCut) = (server, isCut);
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>How many connections were cut.</summary>
    public int Cuts => Volatile.Read(ref _cuts);

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Dispose();
        await _accepting;
        await Task.WhenAll(_connections.Keys);
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                _connections.TryAdd(ServeAsync(await _listener.AcceptTcpClientAsync(_stop.Token)), true);
            }
        }
        catch (OperationCanceledException)
        {
            // The test is over.
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        using var server = new TcpClient();
        using (client)
        {
            (client.NoDelay, server.NoDelay) = (true, true);
            try
            {
                await server.ConnectAsync(IPAddress.Loopback, _server, _stop.Token);
                using var end = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token);
                var directions = new[]
                {
                    client.GetStream().CopyToAsync(server.GetStream(), end.Token),
                    PassAnswersAsync(server.GetStream(), client.GetStream(), end.Token),
                };
                await Task.WhenAny(directions);
                await end.CancelAsync();
                await Task.WhenAll(directions);
            }
            catch (Exception fault) when (fault is IOException or SocketException or OperationCanceledException)
            {
                // One of them has gone; the other one goes, too.
            }
        }
    }

    private async Task PassAnswersAsync(NetworkStream server, NetworkStream client, CancellationToken cancellationToken)
    {
        var buffer = new byte[16 * 1024];
        var answer = new ServerAnswer();
        var isLoggedIn = false;
        for (int count; (count = await server.ReadAsync(buffer, cancellationToken)) > 0;)
        {
            answer.Add(buffer.AsSpan(0, count));
            if (isLoggedIn && answer is { IsWhole: false, IsAside: false })
            {
                continue;
            }

            if (isLoggedIn && answer.IsWhole && await _isCut(answer))
            {
                Interlocked.Increment(ref _cuts);
                return;
            }

            isLoggedIn |= answer.IsWhole;
            await client.WriteAsync(answer.Bytes, cancellationToken);
            answer = new ServerAnswer();
        }

        await client.WriteAsync(answer.Bytes, cancellationToken);
    }
}
