using System.Net;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Orchestrator.Client.Http;

/// <summary>The calls that read and control runs: each safe to send again, and each with the same time for its answer.</summary>
internal sealed class ControlCalls(ApiConnection connection, TimeSpan timeout, TimeProvider time)
{
    public ValueTask<Result<T>> GetAsync<TBody, T>(string path, JsonTypeInfo<TBody> type, Func<TBody, T> convert, CancellationToken cancellationToken)
        where TBody : class =>
        connection.SendAsync(new ApiCall(HttpMethod.Get, path) { Timeout = timeout }, type, (body, _) => convert(body!), cancellationToken);

    /// <summary>Asks for something that there may not be yet.</summary>
    /// <param name="wait">How long the server may wait for it.</param>
    /// <param name="pathFor">The path for what is left of that.</param>
    /// <param name="type">How the answer is read.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public ValueTask<Result<T?>> GetWhenThereIsAsync<T>(
        TimeSpan wait, Func<TimeSpan, string> pathFor, JsonTypeInfo<T> type, CancellationToken cancellationToken)
        where T : class
    {
        return connection.SendAsync(ToCall(wait), type, (body, _) => body, cancellationToken);

        ApiCall ToCall(TimeSpan left) => new(HttpMethod.Get, pathFor(left)) { Timeout = timeout, Wait = left, ToWait = ToCall };
    }

    /// <summary>Asks for a change.</summary>
    /// <param name="path">Where.</param>
    /// <param name="body">What to change.</param>
    /// <param name="type">How that is written.</param>
    /// <param name="answer">How the resource is read.</param>
    /// <param name="convert">The resource.</param>
    /// <param name="done">The status that says that this call changed something.</param>
    /// <param name="context">What is known of the caller.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <param name="longestAsked">The longest that a <c>Retry-After</c> delays the next try. Default 30 s.</param>
    public ValueTask<Result<Receipt<T>>> PostAsync<TRequest, TBody, T>(
        string path,
        TRequest body,
        JsonTypeInfo<TRequest> type,
        JsonTypeInfo<TBody> answer,
        Func<TBody, T> convert,
        HttpStatusCode done,
        CallContext? context,
        CancellationToken cancellationToken,
        TimeSpan? longestAsked = null)
        where TBody : class =>
        PostWhenThereIsAsync(
            path, TimeSpan.Zero, _ => body, type, answer, read => convert(read!), status => status == done, context, cancellationToken, longestAsked);

    /// <summary>Asks for a change that may not be possible yet.</summary>
    /// <inheritdoc cref="PostAsync"/>
    public async ValueTask<Result<Receipt<T>>> PostWhenThereIsAsync<TRequest, TBody, T>(
        string path,
        TimeSpan wait,
        Func<TimeSpan, TRequest> bodyFor,
        JsonTypeInfo<TRequest> type,
        JsonTypeInfo<TBody> answer,
        Func<TBody?, T> convert,
        Func<HttpStatusCode, bool> isDone,
        CallContext? context,
        CancellationToken cancellationToken,
        TimeSpan? longestAsked = null)
        where TBody : class
    {
        if (!IdempotencyKey.Of(context, time).TryGet(out var key, out var refusal))
        {
            return refusal;
        }

        return await connection.SendAsync(
            ToCall(wait),
            answer,
            (body, response) => new Receipt<T>(convert(body), key.EffectOf(response, isDone(response.StatusCode))),
            cancellationToken).ConfigureAwait(false);

        ApiCall ToCall(TimeSpan left) => new(HttpMethod.Post, path)
        {
            Body = JsonSerializer.SerializeToUtf8Bytes(bodyFor(left), type),
            Key = key,
            UserAgent = context?.UserAgent,
            Timeout = timeout,
            Wait = left,
            ToWait = ToCall,
            LongestAsked = longestAsked ?? Backoff.LongestAsked,
        };
    }
}
