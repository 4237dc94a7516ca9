using System.Diagnostics;
using System.Net.Sockets;

namespace Orchestrator.LoadTest.Http;

/// <summary>Polls that wait at a host, one a run and a connection. Each that is answered is acknowledged, and polls again.</summary>
internal sealed class ParkedPolls : IAsyncDisposable
{
    private const int Nothing = 204;

    private readonly PollApi _api;
    private readonly int _first;
    private readonly HttpConnection[] _connections;
    private readonly TaskCompletionSource<long>[] _answers;
    private readonly Task _polling;
    private volatile bool _ends;

    private ParkedPolls(PollApi api, int first, HttpConnection[] connections)
    {
        (_api, _first, _connections) = (api, first, connections);
        _answers = [.. connections.Select(_ => NewAnswer())];
        _polling = Task.WhenAll(connections.Select((connection, i) => PollAsync(i, connection)));
    }

    public int Count => _connections.Length;

    /// <summary>Sends the polls of runs <paramref name="first"/> to <paramref name="first"/> + <paramref name="count"/> − 1.</summary>
    public static async Task<ParkedPolls> StartAsync(PollApi api, Uri host, int first, int count)
    {
        // In groups, so that the queue of connections that the host has yet to accept does not overflow.
        var connections = new List<HttpConnection>();
        foreach (var group in Enumerable.Range(0, count).Chunk(250))
        {
            connections.AddRange(await HttpConnection.OpenAsync(host, group.Length));
        }

        return new ParkedPolls(api, first, [.. connections]);
    }

    /// <summary>Sends something to each poll, one after the other, and waits for the poll's answer.</summary>
    /// <param name="connection">To the host that it is sent to.</param>
    /// <param name="number">A number that was not sent to these runs before.</param>
    /// <returns>How long the polls' answers took.</returns>
    public async Task<Latency[]> SendToEachAsync(HttpConnection connection, int number)
    {
        var latencies = new Latency[Count];
        for (var i = 0; i < Count; i++)
        {
            if (_answers[i].Task.IsFaulted)
            {
                await _answers[i].Task;
            }

            var answer = _answers[i] = NewAnswer();
            var begin = Stopwatch.GetTimestamp();
            await connection.SendAsync(_api.Send(_first + i, number), expected: 202);
            var accepted = Stopwatch.GetTimestamp();
            var at = await answer.Task;
            latencies[i] = new Latency(Stopwatch.GetElapsedTime(begin, at).TotalMilliseconds, Math.Max(0, Stopwatch.GetElapsedTime(accepted, at).TotalMilliseconds));
        }

        return latencies;
    }

    public async ValueTask DisposeAsync()
    {
        _ends = true;
        foreach (var connection in _connections)
        {
            connection.Dispose();
        }

        await _polling;
    }

    private async Task PollAsync(int i, HttpConnection connection)
    {
        try
        {
            var poll = _api.Poll(_first + i);
            while (true)
            {
                var answer = await connection.SendAsync(poll);
                var at = Stopwatch.GetTimestamp();
                if (answer.Status == Nothing)
                {
                    continue;
                }

                if (answer.Status != 200)
                {
                    throw answer.Unexpected(poll);
                }

                var acknowledgement = _api.Acknowledge(_first + i, answer.Body.Span);
                _answers[i].SetResult(at);
                if (acknowledgement is not null)
                {
                    await connection.SendAsync(acknowledgement, expected: 200);
                }
            }
        }
        catch (Exception fault) when (_ends && fault is SocketException or ObjectDisposedException)
        {
            // The end of what waited.
        }
        catch (Exception fault)
        {
            _answers[i].TrySetException(fault);
            throw;
        }
    }

    private static TaskCompletionSource<long> NewAnswer() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}

/// <summary>How long the answer to a poll took, in milliseconds.</summary>
/// <param name="SinceSent">Since the sending began: both ways over HTTP, with the acceptance.</param>
/// <param name="SinceAccepted">Since the sender was told of the acceptance; zero where the poll was answered before that.</param>
internal readonly record struct Latency(double SinceSent, double SinceAccepted);
