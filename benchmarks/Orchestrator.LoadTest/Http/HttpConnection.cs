using System.Net;
using System.Net.Sockets;

namespace Orchestrator.LoadTest.Http;

/// <summary>
/// One kept-alive connection with one request on it at a time, as light as a socket allows, so that what is measured is the server. Knows only what the
/// servers here answer: HTTP/1.1 with a <c>Content-Length</c>.
/// </summary>
internal sealed class HttpConnection : IDisposable
{
    private readonly Socket _socket;
    private byte[] _buffer = new byte[2_048];

    private HttpConnection(Socket socket) => _socket = socket;

    public static async Task<HttpConnection> OpenAsync(Uri host)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(IPAddress.Parse(host.Host), host.Port);
            return new HttpConnection(socket);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    public static Task<HttpConnection[]> OpenAsync(Uri host, int count) => Task.WhenAll(Enumerable.Range(0, count).Select(_ => OpenAsync(host)));

    /// <summary>Sends a request and reads its answer.</summary>
    /// <returns>The answer, whose body is overwritten by the next.</returns>
    /// <exception cref="InvalidDataException">What came is no answer that is understood here.</exception>
    public async Task<HttpAnswer> SendAsync(ReadOnlyMemory<byte> request)
    {
        while (request.Length > 0)
        {
            request = request[await _socket.SendAsync(request)..];
        }

        var filled = 0;
        AnswerHead head;
        while (!AnswerHead.TryRead(_buffer.AsSpan(0, filled), out head))
        {
            filled += await ReceiveAsync(filled, filled + 1);
        }

        var whole = head.Length + head.ContentLength;
        while (filled < whole)
        {
            filled += await ReceiveAsync(filled, whole);
        }

        return filled == whole
            ? new HttpAnswer(head.Status, _buffer.AsMemory(head.Length, head.ContentLength))
            : throw new InvalidDataException("The server sent more than the answer to one request.");
    }

    /// <summary>Sends a request to which one status is right, and reads the body of its answer.</summary>
    /// <exception cref="InvalidDataException">The status is another.</exception>
    public async Task<ReadOnlyMemory<byte>> SendAsync(ReadOnlyMemory<byte> request, int expected)
    {
        var answer = await SendAsync(request);
        return answer.Status == expected ? answer.Body : throw answer.Unexpected(request);
    }

    public void Dispose() => _socket.Dispose();

    private async ValueTask<int> ReceiveAsync(int filled, int needed)
    {
        if (_buffer.Length < needed)
        {
            Array.Resize(ref _buffer, Math.Max(needed, 2 * _buffer.Length));
        }

        var received = await _socket.ReceiveAsync(_buffer.AsMemory(filled));
        return received > 0 ? received : throw new InvalidDataException("The server closed the connection.");
    }
}
