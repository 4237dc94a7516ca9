using System.Globalization;
using System.Text;
using Orchestrator.Client.Http;

namespace Orchestrator.Client.Events;

/// <summary>
/// One connection to a stream of server-sent events (HTML standard, section 9.2). It also yields blocks without data, which the parser of the .NET
/// libraries passes over: the server's first one tells where the stream begins. Comments count as a sign of life and are no blocks.
/// </summary>
internal sealed class SseConnection : IDisposable
{
    public const string MediaType = "text/event-stream";

    /// <summary>The server comments every 15 s; three that did not come are a connection that is dead and was not closed.</summary>
    private static readonly TimeSpan LongestSilence = TimeSpan.FromSeconds(45);

    private static readonly TimeSpan LongestRetry = TimeSpan.FromSeconds(30);

    private readonly HttpResponseMessage _response;
    private readonly StreamReader _lines;
    private readonly TimeProvider _time;

    private SseConnection(HttpResponseMessage response, Stream body, TimeProvider time)
    {
        _response = response;
        _lines = new StreamReader(body, Encoding.UTF8);
        _time = time;
    }

    /// <summary>How long the server asks to wait before the stream is opened again (<c>retry:</c>), 30 s at most. Default: zero.</summary>
    public TimeSpan Retry { get; private set; }

    /// <summary>The position at which it began.</summary>
    public string Start { get; private set; } = "";

    public static async ValueTask<SseConnection> OpenAsync(HttpResponseMessage response, TimeProvider time, CancellationToken cancellationToken)
    {
        if (response.Content.Headers.ContentType?.MediaType != MediaType)
        {
            throw UnexpectedAnswerException.Foreign(response);
        }

        var connection = new SseConnection(response, await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false), time);
        connection.Start = (await connection.ReadAsync(() => { }, cancellationToken).ConfigureAwait(false))?.Id
            ?? throw new IOException("The stream ended before it told where it begins.");
        return connection;
    }

    /// <summary>The next block; <see langword="null"/> when the stream has ended or the connection is dead.</summary>
    public async ValueTask<SseBlock?> NextAsync(CancellationToken cancellationToken)
    {
        using var patience = new Deadline(LongestSilence, _time, cancellationToken);
        try
        {
            return await ReadAsync(() => patience.PutOff(LongestSilence), patience.Token).ConfigureAwait(false);
        }
        catch (Exception fault) when (fault is IOException or HttpRequestException or OperationCanceledException)
        {
            cancellationToken.ThrowIfCancellationRequested();
            return null;
        }
    }

    public void Dispose()
    {
        _lines.Dispose();
        _response.Dispose();
    }

    private async ValueTask<SseBlock?> ReadAsync(Action heard, CancellationToken cancellationToken)
    {
        string? id = null;
        string? data = null;
        while (await _lines.ReadLineAsync(cancellationToken).ConfigureAwait(false) is { } line)
        {
            heard();
            if (line.Length == 0)
            {
                if (id is not null || data is not null)
                {
                    return new SseBlock(id, data);
                }
            }
            else if (Field(line, "id") is { } position)
            {
                id = position;
            }
            else if (Field(line, "retry") is { } milliseconds)
            {
                Retry = uint.TryParse(milliseconds, NumberStyles.None, CultureInfo.InvariantCulture, out var asked)
                    ? TimeSpan.FromMilliseconds(Math.Min(asked, LongestRetry.TotalMilliseconds))
                    : Retry;
            }
            else if (Field(line, "data") is { } text)
            {
                data = data is null ? text : $"{data}\n{text}";
            }
        }

        return null;
    }

    private static string? Field(string line, string name) =>
        !line.StartsWith(name, StringComparison.Ordinal) ? null
        : line.Length == name.Length ? ""
        : line[name.Length] != ':' ? null
        : line.AsSpan(name.Length + 1) is [' ', ..] ? line[(name.Length + 2)..]
        : line[(name.Length + 1)..];
}
