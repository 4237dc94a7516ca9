using System.Net;
using System.Net.Sockets;

namespace Orchestrator.Storage.Faults.Machine;

/// <summary>The ports of this machine.</summary>
internal static class Ports
{
    private const int First = 20_000;
    private const int Count = 2_000;

    /// <summary>A port that nobody listens at: none of those that the system gives to clients, nor is the one that lies 10,000 higher.</summary>
    public static int Free()
    {
        while (true)
        {
            try
            {
                var port = First + Random.Shared.Next(Count);
                using var listener = new TcpListener(IPAddress.Loopback, port);
                listener.Start();
                return port;
            }
            catch (SocketException)
            {
                // Somebody does.
            }
        }
    }
}
