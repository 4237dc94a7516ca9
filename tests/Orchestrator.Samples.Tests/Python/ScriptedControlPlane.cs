using System.Text.Json.Nodes;
using System.Threading.Channels;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Orchestrator.Samples.Tests.Python;

/// <summary>A control plane with one run, <c>r1</c>, that records every request and answers as a test says.</summary>
internal sealed class ScriptedControlPlane : IAsyncDisposable
{
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(60);

    private readonly WebApplication _app;
    private readonly Channel<Request> _requests = Channel.CreateUnbounded<Request>();
    private readonly List<Request> _seen = [];

    private ScriptedControlPlane(WebApplication app) => _app = app;

    /// <summary>Answers a request in a way of its own; what returns false is answered as usual.</summary>
    public Func<HttpContext, Request, Task<bool>> Script { get; set; } = (_, _) => Task.FromResult(false);

    /// <summary>The commands that go with every heartbeat's answer.</summary>
    public JsonArray Commands { get; set; } = [];

    public Uri Address => new(_app.Urls.Single());

    public Uri Api => new(Address, "api/v1");

    /// <summary>The requests that were waited for, in their order.</summary>
    public IReadOnlyList<Request> Seen => _seen;

    public static async Task<ScriptedControlPlane> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var control = new ScriptedControlPlane(builder.Build());
        control._app.Run(control.AnswerAsync);
        await control._app.StartAsync();
        return control;
    }

    public static JsonObject Command(string id, long sequence, string type, string? payload = null) =>
        new() { ["id"] = id, ["sequence"] = sequence, ["type"] = type, ["payload"] = payload is null ? null : JsonNode.Parse(payload) };

    /// <summary>Refuses with a code and its details: the counter that the run is at, the state that it is in.</summary>
    public static async Task<bool> RefuseAsync(
        HttpContext context, int status, string code, string? retryAfter = null, long? current = null, string? from = null, string? message = null)
    {
        context.Response.StatusCode = status;
        context.Response.Headers.RetryAfter = retryAfter;
        await context.Response.WriteAsJsonAsync(new { error = new { code, message, details = new { current, from } } });
        return true;
    }

    /// <summary>Answers 200 with a body.</summary>
    public static async Task<bool> AnswerAsync(HttpContext context, string body)
    {
        await context.Response.WriteAsync(body);
        return true;
    }

    /// <summary>Breaks the connection: what was asked is done, and its answer lost.</summary>
    public static Task<bool> LoseReplyAsync(HttpContext context)
    {
        context.Abort();
        return Task.FromResult(true);
    }

    /// <summary>Waits for a request, past others.</summary>
    public async Task<Request> UntilAsync(Func<Request, bool> isWanted)
    {
        using var bound = new CancellationTokenSource(Bound);
        while (true)
        {
            var request = await _requests.Reader.ReadAsync(bound.Token);
            _seen.Add(request);
            if (isWanted(request))
            {
                return request;
            }
        }
    }

    /// <summary>Every request that was made. Called when no more can come.</summary>
    public async Task<IReadOnlyList<Request>> RestAsync()
    {
        using var http = new HttpClient();
        await http.GetAsync(new Uri(Address, "api/v1/last"));
        await UntilAsync(request => request.Path == "last");
        return [.. _seen.Where(request => request.Path != "last")];
    }

    /// <summary>Waits for so many heartbeats.</summary>
    public async Task HeartbeatsAsync(int count)
    {
        for (var i = 0; i < count; i++)
        {
            await UntilAsync(request => request.Path == "runs/r1/heartbeat");
        }
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private async Task AnswerAsync(HttpContext context)
    {
        var path = context.Request.Path.Value!.Replace("/api/v1/", "", StringComparison.Ordinal);
        var body = await new StreamReader(context.Request.Body).ReadToEndAsync();
        var request = new Request(path, body.Length == 0 ? [] : JsonNode.Parse(body)!.AsObject(), new Dictionary<string, string>(
            context.Request.Headers.Select(header => KeyValuePair.Create(header.Key, header.Value.ToString())), StringComparer.OrdinalIgnoreCase));
        await _requests.Writer.WriteAsync(request);
        if (!await Script(context, request))
        {
            await context.Response.WriteAsync(Usual(path));
        }
    }

    private string Usual(string path) => path switch
    {
        "runs/claim" => """{"run":{"id":"r1","attempt":1,"launch_manifest":{}},"claim_id":"c1"}""",
        "runs/r1/heartbeat" => new JsonObject { ["run"] = new JsonObject(), ["commands"] = Commands.DeepClone() }.ToJsonString(),
        _ => "{}",
    };

    internal sealed record Request(string Path, JsonObject Body, IReadOnlyDictionary<string, string> Headers);
}
