using System.Buffers;
using System.IO.Pipelines;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Orchestrator.AspNetCore.Bodies;

/// <summary>Turns the bytes of a body into what it says, or refuses it.</summary>
internal delegate Result<T> BodyParser<T>(ReadOnlySpan<byte> body);

/// <summary>Reads a body: first its media type, then its size, then what it says.</summary>
internal static class BodyReader
{
    private static readonly Refusal WrongMediaType = new(RefusalCode.UnsupportedMediaType, "The body must be sent as application/json.");
    private static readonly Refusal Encoded = new(RefusalCode.UnsupportedMediaType, "The body must be sent without a Content-Encoding.");

    /// <param name="context">The request.</param>
    /// <param name="limit">The most bytes that are read.</param>
    /// <param name="parse">Reads the body; sees an empty one only where <paramref name="optional"/>.</param>
    /// <param name="optional">Whether the body may be absent or empty, whatever its media type.</param>
    public static async ValueTask<Result<T>> ReadAsync<T>(HttpContext context, int limit, BodyParser<T> parse, bool optional = false)
    {
        var request = context.Request;
        var unreadable = FindUnreadable(context);
        if (unreadable is not null && !optional && (request.ContentType is not null || request.ContentLength > 0))
        {
            return unreadable;
        }

        if (request.ContentLength > limit)
        {
            return unreadable ?? TooLarge(limit);
        }

        try
        {
            // The last read keeps its bytes until they are parsed, so that a body in one piece is never copied.
            var reader = request.BodyReader;
            var body = await ReadToEndAsync(reader, limit, unreadable is null, context.RequestAborted).ConfigureAwait(false);
            try
            {
                if (body.Length > 0 && unreadable is not null)
                {
                    return unreadable;
                }

                return body.Length > limit ? TooLarge(limit) : Parse(body, parse, optional);
            }
            finally
            {
                reader.AdvanceTo(body.End);
            }
        }
        catch (BadHttpRequestException fault)
        {
            return fault.StatusCode == StatusCodes.Status413PayloadTooLarge
                ? TooLarge(context.Features.Get<IHttpMaxRequestBodySizeFeature>()?.MaxRequestBodySize ?? limit)
                : BodyJson.Invalid("The body broke off before its end.");
        }
    }

    /// <summary>Reads until the end, or until it is sure that the body is refused.</summary>
    private static async ValueTask<ReadOnlySequence<byte>> ReadToEndAsync(
        PipeReader reader, int limit, bool isReadable, CancellationToken cancellationToken)
    {
        while (true)
        {
            var read = await reader.ReadAsync(cancellationToken).ConfigureAwait(false);
            var body = read.Buffer;
            if (read.IsCompleted || body.Length > limit || (body.Length > 0 && !isReadable))
            {
                return body;
            }

            reader.AdvanceTo(body.Start, body.End);
        }
    }

    private static Result<T> Parse<T>(ReadOnlySequence<byte> body, BodyParser<T> parse, bool optional)
    {
        if (body.IsEmpty && !optional)
        {
            return BodyJson.Invalid("The body is empty.");
        }

        using var text = new BodyText(body);
        return parse(text.Span is [0xEF, 0xBB, 0xBF, .. var marked] ? marked : text.Span);
    }

    /// <summary>Why a body of this request is refused whatever its bytes are; <see langword="null"/> where it is read.</summary>
    private static Refusal? FindUnreadable(HttpContext context)
    {
        var request = context.Request;
        foreach (var encoding in request.Headers.ContentEncoding)
        {
            if (!string.IsNullOrEmpty(encoding) && !encoding.Equals("identity", StringComparison.OrdinalIgnoreCase))
            {
                context.Response.Headers.AcceptEncoding = "identity";
                return Encoded;
            }
        }

        return IsJson(request.ContentType) ? null : WrongMediaType;
    }

    private static Refusal TooLarge(long limit) => new(RefusalCode.PayloadTooLarge, $"The body must not be larger than {limit} bytes.")
    {
        Details = new Dictionary<string, object?> { ["limit"] = limit },
    };

    private static bool IsJson(string? contentType)
    {
        const string json = "application/json";
        return contentType is not null
            && contentType.StartsWith(json, StringComparison.OrdinalIgnoreCase)
            && (contentType.Length == json.Length || contentType.AsSpan(json.Length).TrimStart(" \t") is [] or [';', ..]);
    }
}
