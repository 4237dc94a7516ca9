using System.Buffers;
using System.IO.Pipelines;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Orchestrator.AspNetCore.Http;

namespace Orchestrator.AspNetCore.Events;

/// <summary>Writes server-sent events (HTML standard, section 9.2).</summary>
internal sealed class EventStream : IDisposable
{
    private const int MostUnsent = 16 * 1_024;

    // How long a browser waits before it connects again. Without it each browser has its own default.
    private const int RetryMilliseconds = 2_000;

    private readonly HttpContext _context;
    private readonly PipeWriter _output;
    private readonly ArrayBufferWriter<byte> _data = new();
    private readonly Utf8JsonWriter _json;
    private int _unsent;

    public EventStream(HttpContext context)
    {
        _context = context;
        _output = context.Response.BodyWriter;
        _json = new Utf8JsonWriter(_data);
    }

    /// <summary>Says that events follow, before there is one, and from where on: a reader that loses the stream before the first one resumes there.</summary>
    public async ValueTask OpenAsync(string start)
    {
        var response = _context.Response;
        response.StatusCode = StatusCodes.Status200OK;
        response.ContentType = "text/event-stream";
        response.Headers.CacheControl = "no-store";

        // Proxies must not gather what is to be seen at once.
        response.Headers["X-Accel-Buffering"] = "no";
        _context.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();

        SlowReader.Bound(_context);

        // An id without data is no event, and is remembered all the same.
        Write($": events follow\nretry: {RetryMilliseconds}\nid: {start}\n\n");
        await FlushAsync().ConfigureAwait(false);
    }

    /// <summary>A line that readers pass over: it keeps the connection, and finds out whether there still is one.</summary>
    public ValueTask CommentAsync(string text)
    {
        Write($": {text}\n\n");
        return FlushAsync();
    }

    /// <summary>Whether what was written is so much that it should be sent before more is.</summary>
    public bool IsFull => _unsent >= MostUnsent;

    /// <summary>Whether the connection was cut because the reader took nothing for 30 s.</summary>
    public bool IsCut { get; private set; }

    /// <summary>Writes an event. It is sent with the next <see cref="FlushAsync"/>.</summary>
    public void Write(EventMessage message)
    {
        _data.ResetWrittenCount();
        _json.Reset();
        EventJson.Write(_json, message.Event);
        _json.Flush();

        // JSON from the writer is one line.
        Write($"event: {message.Event.Type.ToWireName()}\n");
        if (message.Position is { } position)
        {
            Write($"id: {position}\n");
        }

        Write("data: ");
        _output.Write(_data.WrittenSpan);
        _unsent += _data.WrittenCount;
        Write("\n\n");
    }

    /// <summary>Sends what was written; waits up to 30 s for a caller who reads slowly.</summary>
    /// <exception cref="OperationCanceledException">The caller has gone, or has taken nothing for that long.</exception>
    public ValueTask FlushAsync()
    {
        _unsent = 0;
        var flush = _output.FlushAsync(_context.RequestAborted);
        return flush.IsCompletedSuccessfully ? default : WaitAsync(flush.AsTask());
    }

    public void Dispose() => _json.Dispose();

    private async ValueTask WaitAsync(Task flush)
    {
        if (!await SlowReader.TakesAsync(_context, flush).ConfigureAwait(false))
        {
            IsCut = true;
            throw new OperationCanceledException("The reader took nothing for too long.");
        }
    }

    private void Write(string text) => Encoding.UTF8.GetBytes(text, _output);
}
