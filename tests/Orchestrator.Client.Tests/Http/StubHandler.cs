using System.Collections.Concurrent;
using System.Net;
using System.Text;

namespace Orchestrator.Client.Tests.Http;

/// <summary>Answers each request with the next of its answers, the last one again and again, and keeps what was sent.</summary>
internal sealed class StubHandler(params Func<CancellationToken, Task<HttpResponseMessage>>[] answers) : HttpMessageHandler
{
    private int _next;

    public ConcurrentQueue<(string Request, string? Key, string Body)> Sent { get; } = new();

    public static Func<CancellationToken, Task<HttpResponseMessage>> Answer(
        int status, string body = "", string type = "application/json", params (string Name, string Value)[] headers) => _ =>
    {
        var response = new HttpResponseMessage((HttpStatusCode)status) { Content = new StringContent(body, Encoding.UTF8, type) };
        foreach (var (name, value) in headers)
        {
            response.Headers.TryAddWithoutValidation(name, value);
        }

        return Task.FromResult(response);
    };

    public static Func<CancellationToken, Task<HttpResponseMessage>> Refusal(int status, string code, params (string Name, string Value)[] headers) =>
        Answer(status, $$$"""{"error":{"code":"{{{code}}}","message":"No.","details":{} } }""", "application/problem+json", headers);

    public static Func<CancellationToken, Task<HttpResponseMessage>> NoConnection() =>
        _ => Task.FromException<HttpResponseMessage>(new HttpRequestException("Connection refused"));

    /// <summary>Takes the request and never answers.</summary>
    public static Func<CancellationToken, Task<HttpResponseMessage>> Silence() => end =>
    {
        var never = new TaskCompletionSource<HttpResponseMessage>();
        end.Register(() => never.TrySetCanceled(end));
        return never.Task;
    };

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var body = request.Content is null ? "" : await request.Content.ReadAsStringAsync(cancellationToken).ConfigureAwait(false);
        var key = request.Headers.TryGetValues("Idempotency-Key", out var keys) ? keys.Single() : null;
        Sent.Enqueue(($"{request.Method} {request.RequestUri!.PathAndQuery}", key, body));
        var response = await answers[Math.Min(Interlocked.Increment(ref _next), answers.Length) - 1](cancellationToken).ConfigureAwait(false);
        response.RequestMessage = request;
        return response;
    }
}
