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
internal sealed partial class TestHost : IAsyncDisposable
{
    private static readonly TimeSpan SweepInterval = TimeSpan.FromSeconds(5);

    private readonly WebApplication _app;
    private readonly Sweeps _sweeps;
    private readonly DeclaredStatuses _statuses;
    private DateTimeOffset _sweepAt;

    private TestHost(WebApplication app, FakeTimeProvider clock, LogList logs, ParkedPolls parked, Sweeps sweeps, DeclaredStatuses statuses)
    {
        _app = app;
        Clock = clock;
        Logs = logs;
        Parked = parked;
        _sweeps = sweeps;
        _sweepAt = clock.GetUtcNow() + SweepInterval;
        _statuses = statuses;
        Address = new Uri(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());
        Client = new HttpClient(new SocketsHttpHandler { MaxConnectionsPerServer = 256 }) { BaseAddress = Address };
    }

    public FakeTimeProvider Clock { get; }

    public Uri Address { get; }

    public HttpClient Client { get; }

    public IServiceProvider Services => _app.Services;

    public LogList Logs { get; }

    /// <summary>The polls that wait on this host for a command or a run.</summary>
    public ParkedPolls Parked { get; }

    public static async Task<TestHost> StartAsync(
        Action<OrchestratorOptions>? options = null, Action<WebApplicationBuilder>? build = null, Action<WebApplication>? map = null, bool isSwept = true)
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
        var parked = new ParkedPolls(app.Services);
        var sweeps = new Sweeps(app.Services);
        var statuses = new DeclaredStatuses();
        app.Use(statuses.LookAsync);
        if (map is null)
        {
            app.MapOrchestrator();
        }
        else
        {
            map(app);
        }

        await app.StartAsync();
        if (isSwept)
        {
            await sweeps.NextAsync();
        }

        return new TestHost(app, clock, logs, parked, sweeps, statuses);
    }

    /// <summary>Lets time pass as it does: sweep by sweep. A jump of the clock is an outage to the host.</summary>
    public async Task PassAsync(TimeSpan time)
    {
        var end = Clock.GetUtcNow() + time;
        while (Clock.GetUtcNow() < end)
        {
            if (end < _sweepAt)
            {
                Clock.SetUtcNow(end);
                return;
            }

            Clock.SetUtcNow(_sweepAt);
            _sweepAt += SweepInterval;
            await _sweeps.NextAsync();
        }
    }

    /// <summary>Ends the host. Whatever a test is about, every status that it saw is one that the endpoint declares.</summary>
    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await _app.DisposeAsync();
        Parked.Dispose();
        _sweeps.Dispose();
        Assert.Empty(_statuses.Undeclared);
    }

    public Task StopAsync() => _app.StopAsync();

    public Task<Reply> GetAsync(string path, params (string Name, string Value)[] headers) => SendAsync(HttpMethod.Get, path, null, headers);

    public Task<Reply> PostAsync(string path, string body, params (string Name, string Value)[] headers) =>
        SendAsync(HttpMethod.Post, path, Json(body), headers);

    /// <summary>Sends a request whose answer may be anything but an unhandled exception.</summary>
    public async Task<Reply> SendAsync(HttpMethod method, string path, HttpContent? content, params (string Name, string Value)[] headers)
    {
        var reply = await ExchangeAsync(method, path, content, headers);
        Assert.False(reply.Status == 500, $"{method} {path} is 500: {string.Join('\n', Logs.Errors)}");
        return reply;
    }

    public async Task<Reply> ExchangeAsync(HttpMethod method, string path, HttpContent? content, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(method, path.StartsWith('/') ? path : "/api/v1/" + path) { Content = content };
        foreach (var (name, value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        using var response = await Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
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
}
