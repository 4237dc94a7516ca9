using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using System.Threading.Channels;
using Orchestrator.Samples.Quickstart.Worker;

namespace Orchestrator.Samples.Tests.Worker;

/// <summary>A control plane that answers as a test wants, and remembers what it was told.</summary>
internal sealed class FakeControlPlane : HttpMessageHandler
{
    private readonly Channel<JsonObject> _commands = Channel.CreateUnbounded<JsonObject>();

    public FakeControlPlane() => Api = new WorkerApi(
        new HttpClient(this) { BaseAddress = new Uri("http://control.test/api/v1/") }, "r1", attempt: 3, "w1");

    /// <summary>A worker's calls to it.</summary>
    public WorkerApi Api { get; }

    /// <summary>What it answers to a path instead of success, where it answers anything.</summary>
    public Func<string, HttpResponseMessage?> Answer { get; set; } = _ => null;

    /// <summary>Called with each request, before it is answered.</summary>
    public Action<string, JsonObject> Received { get; set; } = (_, _) => { };

    /// <summary>The requests with a body: the path below the run, and the body.</summary>
    public ConcurrentQueue<(string Path, JsonObject Body)> Requests { get; } = new();

    public IEnumerable<JsonObject> BodiesTo(string path) => Requests.Where(request => request.Path == path).Select(request => request.Body);

    public IEnumerable<(string Path, JsonObject Body)> Acknowledgements => Requests.Where(request => request.Path.EndsWith("/ack", StringComparison.Ordinal));

    public void Send(string id, string type, string? payload = null) => _commands.Writer.TryWrite(new JsonObject
    {
        ["id"] = id,
        ["type"] = type,
        ["payload"] = payload is null ? null : JsonNode.Parse(payload),
    });

    public static HttpResponseMessage Refuse(int status, string code, int? retryAfter = null)
    {
        var response = Json((HttpStatusCode)status, new JsonObject { ["error"] = new JsonObject { ["code"] = code } });
        response.Headers.RetryAfter = retryAfter is { } seconds ? new RetryConditionHeaderValue(TimeSpan.FromSeconds(seconds)) : null;
        return response;
    }

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        await Task.Yield();
        var path = request.RequestUri!.AbsolutePath.Replace("/api/v1/runs/r1/", "", StringComparison.Ordinal);
        if (request.Content is not null)
        {
            var body = JsonNode.Parse(await request.Content.ReadAsStringAsync(cancellationToken))!.AsObject();
            Requests.Enqueue((path, body));
            Received(path, body);
        }

        if (Answer(path) is { } response)
        {
            return response;
        }

        return path == "commands/next"
            ? Json(HttpStatusCode.OK, await _commands.Reader.ReadAsync(cancellationToken))
            : Json(HttpStatusCode.OK, []);
    }

    private static HttpResponseMessage Json(HttpStatusCode status, JsonObject body) =>
        new(status) { Content = new StringContent(body.ToJsonString(), Encoding.UTF8, "application/json") };
}
