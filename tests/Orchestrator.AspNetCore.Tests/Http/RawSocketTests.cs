using System.Net.Sockets;
using System.Text;

namespace Orchestrator.AspNetCore.Tests.Http;

/// <summary>Input that no HTTP client would send. Never a 5xx, never a hang, and the host serves whoever comes next.</summary>
public sealed class RawSocketTests
{
    [Fact]
    public async Task A_body_that_trickles_over_the_limit_is_413()
    {
        await using var host = await TestHost.StartAsync();
        await host.CreateRunAsync();
        await using var connection = await ConnectAsync(host);

        await WriteAsync(connection, "POST /api/v1/runs/r1/heartbeat HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n");
        for (var sent = 0; sent <= 32 * 1024; sent += 64)
        {
            await WriteAsync(connection, $"40\r\n{new string(' ', 64)}\r\n");
        }

        await WriteAsync(connection, "0\r\n\r\n");

        Assert.StartsWith("HTTP/1.1 413 ", await ReadAsync(connection, toTheEnd: false), StringComparison.Ordinal);
        await ServesAsync(host);
    }

    [Theory]
    [InlineData("runs/r1/heartbeat")]
    [InlineData("heartbeats")]
    [InlineData("runs")]
    [InlineData("runs/claim")]
    [InlineData("runs/r1/transitions")]
    [InlineData("runs/r1/attempts")]
    [InlineData("runs/r1/commands")]
    [InlineData("runs/r1/commands/c1/ack")]
    public async Task A_body_shorter_than_its_Content_Length_is_400_or_nothing(string path)
    {
        await using var host = await TestHost.StartAsync();
        await host.CreateRunAsync();
        await using var connection = await ConnectAsync(host);

        await WriteAsync(connection, $"POST /api/v1/{path} HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{{\"run_id\":");
        connection.Socket.Shutdown(SocketShutdown.Send);

        var answer = await ReadAsync(connection);
        Assert.True(answer.Length == 0 || answer.StartsWith("HTTP/1.1 400 ", StringComparison.Ordinal), answer);
        await ServesAsync(host);
    }

    [Fact]
    public async Task A_client_that_vanishes_in_the_middle_of_its_body_leaves_no_trace()
    {
        await using var host = await TestHost.StartAsync();
        await host.CreateRunAsync();
        for (var i = 0; i < 20; i++)
        {
            await using var connection = await ConnectAsync(host);
            await WriteAsync(connection, "POST /api/v1/runs HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\nContent-Length: 100000\r\n\r\n{");
            connection.Socket.LingerState = new LingerOption(true, 0);
        }

        await ServesAsync(host);
        Assert.Equal(1, (await host.GetAsync("runs"))["runs"].GetArrayLength());
    }

    [Theory]
    [InlineData("GET /api/v1/runs/r1 HTTP/1.1\r\nHost: h\r\n\r\n\0\u0001garbage\r\n\r\n", "HTTP/1.1 200 ")]
    [InlineData("POST /api/v1/runs/r1/heartbeat HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\nContent-Length: 1\r\n\r\nxGET ??\r\n\r\n", "HTTP/1.1 400 ")]
    [InlineData("GET /api/v1/runs/%zz%00%ff HTTP/1.1\r\nHost: h\r\n\r\n", "HTTP/1.1 40")]
    [InlineData("GET /api/v1/runs?label=%zz:%ff&state=%00 HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n", "HTTP/1.1 422 ")]
    [InlineData("GET /api/v1/../../runs/r1/%2e%2e HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n", "HTTP/1.1 404 ")]
    [InlineData("POST /api/v1/runs/claim HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n\r\n", "HTTP/1.1 400 ")]
    [InlineData("POST /api/v1/runs HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\nContent-Length: 99999999999\r\n\r\n{", "HTTP/1.1 413 ")]
    [InlineData("POST /api/v1/runs HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n{}", "HTTP/1.1 400 ")]
    [InlineData("\u0016\u0003\u0001\u0002\0\u0001\0", "HTTP/1.1 400 ")]
    public async Task Garbage_is_a_client_error(string bytes, string status)
    {
        await using var host = await TestHost.StartAsync();
        await host.CreateRunAsync();
        await using var connection = await ConnectAsync(host);

        await WriteAsync(connection, bytes);

        var answer = await ReadAsync(connection, toTheEnd: false);
        Assert.StartsWith(status, answer, StringComparison.Ordinal);
        Assert.DoesNotContain("HTTP/1.1 5", answer, StringComparison.Ordinal);
        Assert.DoesNotContain("Exception", answer, StringComparison.Ordinal);
        await ServesAsync(host);
    }

    [Fact]
    public async Task Pipelined_requests_are_answered_in_order_and_what_follows_ends_the_connection()
    {
        await using var host = await TestHost.StartAsync();
        await host.CreateRunAsync();
        await using var connection = await ConnectAsync(host);
        var beat = Beats.Valid();

        await WriteAsync(connection, string.Concat(
            "GET /api/v1/runs/r1 HTTP/1.1\r\nHost: h\r\n\r\n",
            "POST /api/v1/runs/r1/heartbeat HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\n", $"Content-Length: {beat.Length}\r\n\r\n{beat}",
            "DELETE /api/v1/runs/r1 HTTP/1.1\r\nHost: h\r\n\r\n",
            "\u0001\u0002\u0003 nonsense\r\n\r\n"));

        var statuses = (await ReadAsync(connection)).Split("HTTP/1.1 ").Skip(1).Select(answer => answer[..3]);
        Assert.Equal(["200", "200", "405", "400"], statuses);
        await ServesAsync(host);
    }

    private static async Task<NetworkStream> ConnectAsync(TestHost host)
    {
        var client = new TcpClient();
        await client.ConnectAsync(host.Address.Host, host.Address.Port);
        return new NetworkStream(client.Client, ownsSocket: true);
    }

    private static async Task WriteAsync(NetworkStream connection, string text)
    {
        try
        {
            await connection.WriteAsync(Encoding.Latin1.GetBytes(text));
        }
        catch (IOException)
        {
            // The host has answered and closed the connection: the answer is what counts.
        }
    }

    /// <summary>What the host sends until it closes the connection, or resets it; or only until the first answer has its headers.</summary>
    private static async Task<string> ReadAsync(NetworkStream connection, bool toTheEnd = true)
    {
        using var bound = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        var answer = new StringBuilder();
        var buffer = new byte[4_096];
        try
        {
            while ((toTheEnd || !answer.ToString().Contains("\r\n\r\n", StringComparison.Ordinal))
                && await connection.ReadAsync(buffer, bound.Token) is > 0 and var length)
            {
                answer.Append(Encoding.UTF8.GetString(buffer, 0, length));
            }
        }
        catch (IOException)
        {
            // A reset, after the host refused to read on.
        }

        return answer.ToString();
    }

    private static async Task ServesAsync(TestHost host)
    {
        (await host.GetAsync("runs/r1")).Is(200);
        Assert.Empty(host.Logs.Errors);
    }
}
