using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Orchestrator.AspNetCore.Tests.Http;

namespace Orchestrator.AspNetCore.Tests.Events;

/// <summary>A stream of events over a socket, read as it comes. The answer is HTTP/1.1 in chunks, each of which is taken apart here.</summary>
internal sealed class EventConnection : IDisposable
{
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly TcpClient _client = new() { ReceiveBufferSize = 4_096 };
    private StreamReader _reader = null!;
    private string _chunk = "";

    /// <summary>The status line and the headers.</summary>
    public string Head { get; private set; } = "";

    public int Status => int.Parse(Head.AsSpan(9, 3), null);

    public static async Task<EventConnection> OpenAsync(TestHost host, string path = "events", string? after = null)
    {
        var connection = new EventConnection();
        await connection._client.ConnectAsync(host.Address.Host, host.Address.Port);
        var resume = after is null ? "" : $"Last-Event-ID: {after}\r\n";
        await connection._client.GetStream().WriteAsync(Encoding.ASCII.GetBytes($"GET /api/v1/{path} HTTP/1.1\r\nHost: h\r\n{resume}\r\n"));
        connection._reader = new StreamReader(connection._client.GetStream(), Encoding.Latin1);
        for (string? line; (line = await connection.ReadLineAsync()) is { Length: > 0 };)
        {
            connection.Head += line + "\n";
        }

        return connection;
    }

    /// <summary>Whatever stands before the next empty line, an event or a comment; <see langword="null"/> at the end.</summary>
    public async Task<string?> FrameAsync()
    {
        int end;
        while ((end = _chunk.IndexOf("\n\n", StringComparison.Ordinal)) < 0)
        {
            if (await ChunkAsync() is not { Length: > 0 } more)
            {
                Assert.Equal("", _chunk);
                return null;
            }

            _chunk += more;
        }

        var frame = _chunk[..end];
        _chunk = _chunk[(end + 2)..];
        return frame;
    }

    /// <summary>The next event, past comments.</summary>
    public async Task<Frame> EventAsync()
    {
        string? frame;
        do
        {
            frame = await FrameAsync() ?? throw new EndOfStreamException("the stream has ended");
        }
        while (frame.StartsWith(':'));
        return Frame.Parse(frame);
    }

    /// <summary>Goes away without a word.</summary>
    public void Dispose()
    {
        _client.LingerState = new LingerOption(true, 0);
        _client.Dispose();
    }

    private async Task<string> ChunkAsync()
    {
        var size = Convert.ToInt32(await ReadLineAsync() ?? "0", 16);
        var chunk = new char[size];
        await _reader.ReadBlockAsync(chunk.AsMemory()).AsTask().WaitAsync(Patience);
        await ReadLineAsync();
        return Encoding.UTF8.GetString(Encoding.Latin1.GetBytes(chunk));
    }

    private Task<string?> ReadLineAsync() => _reader.ReadLineAsync().WaitAsync(Patience);
}

/// <summary>An event as it was sent.</summary>
/// <param name="Type">After <c>event:</c>.</param>
/// <param name="Id">After <c>id:</c>; <see langword="null"/> when it is absent.</param>
/// <param name="Data">After <c>data:</c>.</param>
internal sealed record Frame(string Type, string? Id, JsonElement Data)
{
    public string Run => Data.GetProperty("run_id").GetString()!;

    public long Sequence => Data.GetProperty("sequence").GetInt64();

    public static Frame Parse(string frame)
    {
        var lines = frame.Split('\n').Select(line => line.Split(": ", 2)).ToDictionary(line => line[0], line => line[1]);
        return new Frame(lines["event"], lines.GetValueOrDefault("id"), JsonElement.Parse(lines["data"]));
    }
}
