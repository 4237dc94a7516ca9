using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Orchestrator.Client.Tests;

/// <summary>A server on a loopback port of its own, and a client of it.</summary>
internal sealed class TestServer : IAsyncDisposable
{
    /// <summary>What it calls every request.</summary>
    public const string RequestId = "a request";

    private readonly WebApplication _app;
    private CancellationTokenSource _break = new();
    private int _repliesToLose;

    private TestServer(WebApplication app)
    {
        _app = app;
        app.Use(MeddleAsync);
    }

    /// <summary>The prefix of the API, without a slash at its end.</summary>
    public Uri Address { get; private set; } = null!;

    /// <summary>Sends to the server; tests whose subject is HTTP itself send by it.</summary>
    public HttpClient Http { get; private set; } = null!;

    public OrchestratorClient Client { get; private set; } = null!;

    /// <summary>The same orchestrator in process.</summary>
    public IOrchestrator InProcess => _app.Services.GetRequiredService<IOrchestrator>();

    /// <summary>The requests that came, in their order: the name of the endpoint and the headers.</summary>
    public ConcurrentQueue<(string Operation, IHeaderDictionary Headers)> Requests { get; } = new();

    public static async Task<TestServer> StartAsync(
        TimeProvider? time = null,
        Action<OrchestratorOptions>? options = null,
        Action<WebApplicationBuilder>? build = null,
        Action<OrchestratorEndpoints>? secure = null,
        int port = 0)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls($"http://127.0.0.1:{port}");
        builder.Services.AddSingleton(time ?? TimeProvider.System);
        builder.Services.AddOrchestrator(options);
        build?.Invoke(builder);
        var app = builder.Build();
        var server = new TestServer(app);
        var api = app.MapOrchestrator();
        secure?.Invoke(api);
        if (build is not null)
        {
            app.MapOpenApi();
        }

        await app.StartAsync();
        server.Address = new Uri(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First() + "/api/v1");
        server.Http = new HttpClient { BaseAddress = server.Address };
        server.Client = new OrchestratorClient(server.Http);
        return server;
    }

    /// <summary>Does what the next requests ask for, and breaks the connection instead of the reply.</summary>
    public void LoseReplies(int count) => _repliesToLose = count;

    /// <summary>Breaks the connections of requests that are not answered to their end, such as streams of events.</summary>
    public void BreakConnections()
    {
        using var before = Interlocked.Exchange(ref _break, new CancellationTokenSource());
        before.Cancel();
    }

    public Task StopAsync()
    {
        BreakConnections();
        return _app.StopAsync();
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        BreakConnections();
        await _app.DisposeAsync();
        _break.Dispose();
    }

    private async Task MeddleAsync(HttpContext context, RequestDelegate next)
    {
        context.TraceIdentifier = RequestId;
        var operation = context.GetEndpoint()?.Metadata.GetMetadata<IEndpointNameMetadata>()?.EndpointName;
        if (operation is not null)
        {
            Requests.Enqueue((operation, new HeaderDictionary(context.Request.Headers.ToDictionary())));
        }

        if (Interlocked.Decrement(ref _repliesToLose) < 0)
        {
            await using var broken = _break.Token.Register(context.Abort);
            await next(context);
            return;
        }

        context.Features.Set<IHttpResponseBodyFeature>(new StreamResponseBodyFeature(Stream.Null));
        await next(context);
        context.Abort();
    }
}
