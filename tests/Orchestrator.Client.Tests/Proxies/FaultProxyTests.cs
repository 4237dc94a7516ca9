using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Orchestrator.FaultProxy;

namespace Orchestrator.Client.Tests.Proxies;

/// <summary>The bad line does what it is told to do.</summary>
public sealed class FaultProxyTests : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly HttpClient _http = new();
    private WebApplication _server = null!;
    private Proxy _proxy = null!;
    private int _executed;

    public async ValueTask InitializeAsync()
    {
        _server = await StartServerAsync("ok");
        _proxy = await Proxy.StartAsync(new Uri(_server.Urls.Single()));
        _http.BaseAddress = _proxy.Address;
    }

    [Fact]
    public async Task Without_a_fault_everything_goes_through()
    {
        Assert.Equal("ok /a/b?c=1", await _http.GetStringAsync("a/b?c=1"));
        Assert.Equal([("GET", "/a/b?c=1")], _proxy.Forwarded);
    }

    [Fact]
    public async Task A_reply_is_lost_after_the_request_was_executed()
    {
        var fault = _proxy.Add(Fault.LoseReply.On("POST", "/a", times: 1));

        await Assert.ThrowsAnyAsync<HttpRequestException>(() => _http.PostAsync("a", null));

        Assert.Equal((1, 1), (_executed, fault.Hits));
        Assert.Equal(HttpStatusCode.OK, (await _http.PostAsync("a", null)).StatusCode);
    }

    [Fact]
    public async Task A_reply_is_cut_in_the_middle_of_its_body()
    {
        _proxy.Add(Fault.CutBody.On(times: 1));

        using var reply = await _http.GetAsync("a", HttpCompletionOption.ResponseHeadersRead);

        Assert.Equal((HttpStatusCode.OK, "ok /a".Length), (reply.StatusCode, reply.Content.Headers.ContentLength));
        await Assert.ThrowsAnyAsync<HttpRequestException>(reply.Content.ReadAsStringAsync);
        Assert.Equal("ok /a", await _http.GetStringAsync("a"));
    }

    [Fact]
    public async Task A_redirect_leads_to_another_page()
    {
        _proxy.Add(Fault.Redirect(302, "/login").On(pathPart: "/a"));

        Assert.Equal("ok /login", await _http.GetStringAsync("a"));
    }

    [Fact]
    public async Task A_request_is_cut_before_it_is_executed()
    {
        _proxy.Add(Fault.Cut.On(pathPart: "/a"));

        await Assert.ThrowsAnyAsync<HttpRequestException>(() => _http.PostAsync("a", null));

        Assert.Equal(0, _executed);
        Assert.Equal(HttpStatusCode.OK, (await _http.PostAsync("b", null)).StatusCode);
    }

    [Theory]
    [InlineData(false, 0)]
    [InlineData(true, 1)]
    public async Task A_request_or_its_reply_is_held_back_until_it_is_released(bool reply, int executed)
    {
        var fault = _proxy.Add(reply ? Fault.StallReply : Fault.Stall);
        var call = _http.GetStringAsync("a");
        await fault.Met.WaitAsync(Patience);
        while (Volatile.Read(ref _executed) < executed)
        {
            await Task.Yield();
        }

        Assert.Equal(executed, _executed);
        Assert.False(call.IsCompleted);

        _proxy.Heal();
        Assert.Equal("ok /a", await call.WaitAsync(Patience));
    }

    [Fact]
    public async Task A_stall_may_end_by_itself()
    {
        _proxy.Add(Fault.Stall.On(lasting: TimeSpan.FromMilliseconds(1)));

        Assert.Equal("ok /a", await _http.GetStringAsync("a").WaitAsync(Patience));
    }

    public static TheoryData<Func<Fault>, HttpStatusCode, string> Answers { get; } = new()
    {
        { () => Fault.TooSoon(TimeSpan.FromSeconds(3)), HttpStatusCode.TooManyRequests, "heartbeat_throttled" },
        { () => Fault.Unavailable(TimeSpan.FromSeconds(3)), HttpStatusCode.ServiceUnavailable, "store_unavailable" },
        { () => Fault.Gateway(502, TimeSpan.FromSeconds(3)), HttpStatusCode.BadGateway, "<html>" },
    };

    [Theory]
    [MemberData(nameof(Answers))]
    public async Task A_request_is_answered_before_it_is_executed(Func<Fault> fault, HttpStatusCode status, string text)
    {
        _proxy.Add(fault());

        using var answer = await _http.GetAsync("a");

        Assert.Equal((status, TimeSpan.FromSeconds(3), 0), (answer.StatusCode, answer.Headers.RetryAfter?.Delta, _executed));
        Assert.Contains(text, await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Connections_are_refused_and_accepted_again_at_the_same_address()
    {
        var address = _proxy.Address;
        await _proxy.RefuseConnectionsAsync();
        await Assert.ThrowsAnyAsync<HttpRequestException>(() => _http.GetStringAsync("a"));

        await _proxy.AcceptConnectionsAsync();

        Assert.Equal(address, _proxy.Address);
        Assert.Equal("ok /a", await _http.GetStringAsync("a"));
    }

    [Fact]
    public async Task The_server_may_change_its_address()
    {
        await _server.StopAsync();
        await Assert.ThrowsAnyAsync<HttpRequestException>(() => _http.GetStringAsync("a"));

        await using var other = await StartServerAsync("other");
        _proxy.Target = new Uri(other.Urls.Single());

        Assert.Equal("other /a", await _http.GetStringAsync("a"));
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await _proxy.DisposeAsync();
        await _server.DisposeAsync();
    }

    private async Task<WebApplication> StartServerAsync(string name)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        app.Run(context =>
        {
            Interlocked.Increment(ref _executed);
            return context.Response.WriteAsync($"{name} {context.Request.Path}{context.Request.QueryString}");
        });
        await app.StartAsync();
        return app;
    }
}
