using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Http;

namespace Orchestrator.AspNetCore.Http;

/// <summary>Writes every answer.</summary>
internal static class JsonAnswer
{
    private const string Json = "application/json";
    private const string Problem = "application/problem+json";

    // As in ASP.NET Core itself: the answer is never part of a page, so that only JSON's own escapes are needed.
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    [ThreadStatic]
    private static Utf8JsonWriter? _writer;

    public static Task WriteAsync<T>(HttpContext context, int status, T value, JsonTypeInfo<T> type) =>
        WriteAsync(context, status, value, type, Json);

    /// <param name="context">The request.</param>
    /// <param name="status">The status.</param>
    /// <param name="value">What is answered.</param>
    /// <param name="write">Writes it without an object in between.</param>
    public static Task WriteAsync<T>(HttpContext context, int status, T value, Action<Utf8JsonWriter, T> write)
    {
        var json = Begin(context.Response, status, Json);
        write(json, value);
        return EndAsync(context.Response, json);
    }

    /// <summary>The answer to a request that makes or changes something.</summary>
    public static Task WriteAsync<T>(HttpContext context, int status, T value, JsonTypeInfo<T> type, Effect effect)
    {
        if (effect == Effect.Replayed)
        {
            context.Response.Headers["Idempotency-Replayed"] = "true";
        }

        return WriteAsync(context, status, value, type, Json);
    }

    /// <summary>An answer that is true of one moment only, and no cache may keep.</summary>
    public static Task WriteMomentAsync<T>(HttpContext context, T value, JsonTypeInfo<T> type)
    {
        context.Response.Headers.CacheControl = "no-store";
        return WriteAsync(context, StatusCodes.Status200OK, value, type, Json);
    }

    /// <summary>Nothing to hand out by now.</summary>
    public static Task WriteNothing(HttpContext context)
    {
        context.Response.Headers.CacheControl = "no-store";
        context.Response.StatusCode = StatusCodes.Status204NoContent;
        return Task.CompletedTask;
    }

    public static Task WriteAsync(HttpContext context, Refusal refusal)
    {
        var (status, title) = ProblemCodes.Describe(refusal.Code);
        if (ProblemCodes.IsPassing(refusal))
        {
            context.Response.Headers.RetryAfter = RetryAfter(refusal).ToString(CultureInfo.InvariantCulture);
        }

        return WriteAsync(context, status, title, ErrorResponse.From(refusal));
    }

    public static Task WriteMethodNotAllowedAsync(HttpContext context, string allow)
    {
        context.Response.Headers.Allow = allow;
        return WriteAsync(context, StatusCodes.Status405MethodNotAllowed, "The path lacks this method", new ErrorResponse
        {
            Code = ProblemCodes.MethodNotAllowed,
            Message = $"This path takes {allow}, not {context.Request.Method}.",
            Details = new JsonObject { ["allowed"] = new JsonArray([.. allow.Split(", ").Select(method => JsonValue.Create(method))]) },
        });
    }

    public static Task WriteNotFoundAsync(HttpContext context) =>
        WriteAsync(context, StatusCodes.Status404NotFound, "No such path", new ErrorResponse
        {
            Code = ProblemCodes.NotFound,
            Message = "The API has no such path.",
            Details = [],
        });

    private static Task WriteAsync(HttpContext context, int status, string title, ErrorResponse error) => WriteAsync(
        context,
        status,
        new ProblemResponse { Type = ProblemCodes.TypeOf(error.Code), Title = title, Status = status, Detail = error.Message, Error = error },
        ProblemJson.Default.ProblemResponse,
        Problem);

    private static Task WriteAsync<T>(HttpContext context, int status, T value, JsonTypeInfo<T> type, string contentType)
    {
        if (HttpMethods.IsHead(context.Request.Method))
        {
            context.Response.StatusCode = status;
            context.Response.ContentType = contentType;
            return Task.CompletedTask;
        }

        var json = Begin(context.Response, status, contentType);
        JsonSerializer.Serialize(json, value, type);
        return EndAsync(context.Response, json);
    }

    private static Utf8JsonWriter Begin(HttpResponse response, int status, string contentType)
    {
        response.StatusCode = status;
        response.ContentType = contentType;
        if (_writer is { } writer)
        {
            writer.Reset(response.BodyWriter);
            return writer;
        }

        return _writer = new Utf8JsonWriter(response.BodyWriter, Options);
    }

    private static async Task EndAsync(HttpResponse response, Utf8JsonWriter json)
    {
        json.Flush();
        response.ContentLength = json.BytesCommitted;

        // Not cancelled with the request: the server drops the bytes of a caller who has gone.
        var flush = response.BodyWriter.FlushAsync(CancellationToken.None);
        if (!flush.IsCompletedSuccessfully)
        {
            await SlowReader.TakesAsync(response.HttpContext, flush.AsTask()).ConfigureAwait(false);
        }
    }

    private static long RetryAfter(Refusal refusal)
    {
        refusal.Details.TryGetValue(ProblemCodes.RetryAfter, out var given);
        var seconds = given switch { int number => number, long number => number, double number => number, _ => 1.0 };
        return Math.Max(1, (long)Math.Ceiling(seconds));
    }
}
