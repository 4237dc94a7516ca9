using System.Net;

namespace Orchestrator.AspNetCore.Tests.Http;

/// <summary>Sends a body in chunks of a few bytes, without telling its length.</summary>
internal sealed class ChunkedContent : HttpContent
{
    private readonly HttpContent _inner;
    private readonly int _chunk;

    public ChunkedContent(HttpContent inner, int chunk = 1_000)
    {
        _inner = inner;
        _chunk = chunk;
        Headers.ContentType = inner.Headers.ContentType;
    }

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
    {
        var bytes = await _inner.ReadAsByteArrayAsync();
        for (var at = 0; at < bytes.Length; at += _chunk)
        {
            await stream.WriteAsync(bytes.AsMemory(at, Math.Min(_chunk, bytes.Length - at)));
            await stream.FlushAsync();
        }
    }

    protected override bool TryComputeLength(out long length)
    {
        length = 0;
        return false;
    }
}
