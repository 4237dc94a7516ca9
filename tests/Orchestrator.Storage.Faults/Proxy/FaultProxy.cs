using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Orchestrator.Storage.Faults.Proxy;

/// <summary>
/// Stands between a store and its server, and cuts connections after the server has done what it was told and before its answer has passed.
/// </summary>
internal sealed class FaultProxy : IAsyncDisposable
{
    private const int BufferSize = 16 * 1024;

    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly int _server;
    private readonly Func<IConversation> _begin;
    private readonly ConcurrentDictionary<Task, bool> _connections = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _accepting;
    private int _cuts;

    /// <param name="server">The port of the server.</param>
    /// <param name="begin">Begins to follow a connection, and says where to cut it.</param>
    public FaultProxy(int server, Func<IConversation> begin)
    {
        (_server, _begin) = (server, begin);
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
                var conversation = _begin();
                var directions = new[]
                {
                    PassCallsAsync(conversation, client.GetStream(), server.GetStream(), end.Token),
                    PassAnswersAsync(conversation, server.GetStream(), client.GetStream(), end.Token),
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

    private static async Task PassCallsAsync(IConversation conversation, NetworkStream client, NetworkStream server, CancellationToken cancellationToken)
    {
        var buffer = new byte[BufferSize];
        for (int count; (count = await client.ReadAsync(buffer, cancellationToken)) > 0;)
        {
            conversation.Hear(buffer.AsSpan(0, count));
            await server.WriteAsync(buffer.AsMemory(0, count), cancellationToken);
        }
    }

    private async Task PassAnswersAsync(IConversation conversation, NetworkStream server, NetworkStream client, CancellationToken cancellationToken)
    {
        var buffer = new byte[BufferSize];
        for (int count; (count = await server.ReadAsync(buffer, cancellationToken)) > 0;)
        {
            if (await conversation.AnswerAsync(buffer.AsMemory(0, count)) is not { } passing)
            {
                Interlocked.Increment(ref _cuts);
                return;
            }

            await client.WriteAsync(passing, cancellationToken);
        }
    }
}
