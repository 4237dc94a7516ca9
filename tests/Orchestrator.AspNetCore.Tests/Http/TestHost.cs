using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;

namespace Orchestrator.AspNetCore.Tests.Http;

/// <summary>A host with the orchestrator on a loopback port of its own, whose time the test moves.</summary>
internal sealed class TestHost : IAsyncDisposable
{
    private readonly WebApplication _app;

    private TestHost(WebApplication app, FakeTimeProvider clock)
    {
        _app = app;
        Clock = clock;
        Address = new Uri(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());
        Client = new HttpClient(new SocketsHttpHandler { MaxConnectionsPerServer = 256 }) { BaseAddress = Address };
    }

    public FakeTimeProvider Clock { get; }

    public Uri Address { get; }

    public HttpClient Client { get; }

    public IServiceProvider Services => _app.Services;

    public LogList Logs { get; private set; } = null!;

    public static async Task<TestHost> StartAsync(
        Action<OrchestratorOptions>? options = null, Action<WebApplicationBuilder>? build = null, Action<WebApplication>? map = null)
    {
        var builder = WebApplication.CreateSlimBuilder();
        var clock = new FakeTimeProvider(new DateTimeOffset(2026, 3, 1, 12, 0, 0, TimeSpan.Zero));
        var logs = new LogList();
        builder.Logging.ClearProviders().AddProvider(logs);
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Services.AddSingleton<TimeProvider>(clock);
        builder.Services.AddOrchestrator(options);
        build?.Invoke(builder);
        var app = builder.Build();
        if (map is null)
        {
            app.MapOrchestrator();
        }
        else
        {
            map(app);
        }

        await app.StartAsync();
        return new TestHost(app, clock) { Logs = logs };
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await _app.DisposeAsync();
    }

    public Task<Reply> GetAsync(string path, params (string Name, string Value)[] headers) => SendAsync(HttpMethod.Get, path, null, headers);

    public Task<Reply> PostAsync(string path, string body, params (string Name, string Value)[] headers) =>
        SendAsync(HttpMethod.Post, path, Json(body), headers);

    public async Task<Reply> SendAsync(HttpMethod method, string path, HttpContent? content, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(method, path.StartsWith('/') ? path : "/api/v1/" + path) { Content = content };
        foreach (var (name, value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        using var response = await Client.SendAsync(request);
        return await Reply.ReadAsync(response);
    }

    public static HttpContent Json(string body, string? contentType = "application/json")
    {
        var content = new ByteArrayContent(Encoding.UTF8.GetBytes(body));
        if (contentType is not null)
        {
            content.Headers.TryAddWithoutValidation("Content-Type", contentType);
        }

        return content;
    }

    /// <summary>Creates a run and answers its id.</summary>
    public async Task<string> CreateRunAsync(string id = "r1", string more = "")
    {
        var reply = await PostAsync("runs", $$"""{"id":"{{id}}","experiment_id":"e1","version_id":"v1"{{more}}}""");
        Assert.Equal(201, reply.Status);
        return id;
    }

    /// <summary>A run that is running, at step 10 and checkpoint 2.</summary>
    public async Task<string> RunningAsync(string id = "r1")
    {
        await CreateRunAsync(id);
        var reply = await PostAsync($"runs/{id}/heartbeat", Beats.Valid(id));
        Assert.Equal(200, reply.Status);
        Clock.Advance(TimeSpan.FromSeconds(10));
        return id;
    }
}
