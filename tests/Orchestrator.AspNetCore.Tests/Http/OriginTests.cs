using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Orchestrator.AspNetCore.Hosting;

namespace Orchestrator.AspNetCore.Tests.Http;

/// <summary>A page of another site changes nothing by requests that a browser sends without asking first.</summary>
public sealed class OriginTests(SharedHost shared) : IClassFixture<SharedHost>
{
    private readonly TestHost _host = shared.Host;

    [Theory]
    [InlineData("Sec-Fetch-Site", "cross-site", null)]
    [InlineData("Sec-Fetch-Site", "same-site", null)]
    [InlineData("Sec-Fetch-Site", "", null)]
    [InlineData("Sec-Fetch-Site", "cross-site", "own")]
    [InlineData("Origin", "https://evil.example", null)]
    [InlineData("Origin", "null", null)]
    [InlineData("Origin", "other port", null)]
    public async Task It_is_403_and_neither_delivers_nor_acknowledges(string header, string value, string? origin)
    {
        var run = await _host.InStateAsync("running", shared.NewId());
        (await _host.CommandAsync("pause", "c1", run: run)).Is(202);
        var authority = _host.Address.Authority;
        var headers = new List<(string, string)> { (header, value == "other port" ? $"http://{_host.Address.Host}:1" : value) };
        if (origin is not null)
        {
            headers.Add(("Origin", $"http://{authority}"));
        }

        foreach (var (method, path) in new[] { ("GET", "next"), ("POST", "next"), ("POST", "c1/ack") })
        {
            (await _host.SendAsync(HttpMethod.Parse(method), $"runs/{run}/commands/{path}", null, [.. headers])).Refused(403, "cross_origin");
        }

        Assert.Equal("pending", (await _host.ReadCommandAsync("c1", run))["status"].GetString());
        Assert.Equal("running", await _host.StateAsync(run));
    }

    [Theory]
    [InlineData("Sec-Fetch-Site", "same-origin")]
    [InlineData("Sec-Fetch-Site", "none")]
    [InlineData("Origin", "own")]
    [InlineData("User-Agent", "worker")]
    public async Task Its_own_pages_and_other_programs_pass(string header, string value)
    {
        var run = await _host.InStateAsync("running", shared.NewId());
        (await _host.CommandAsync("pause", "c1", run: run)).Is(202);
        var sent = (header, value == "own" ? $"http://{_host.Address.Authority}" : value);

        Assert.Equal("c1", (await _host.SendAsync(HttpMethod.Post, $"runs/{run}/commands/next", null, sent)).Is(200)["id"].GetString());
        (await _host.SendAsync(HttpMethod.Get, $"runs/{run}/commands/next", null, sent)).Is(204);
        (await _host.SendAsync(HttpMethod.Post, $"runs/{run}/commands/c1/ack", null, sent)).Is(200);
    }

    [Fact]
    public async Task An_endpoint_that_the_host_opens_to_other_sites_lets_them_pass()
    {
        await using var host = await TestHost.StartAsync(
            build: builder => builder.Services.AddCors(cors => cors.AddPolicy("page", policy => policy.WithOrigins("https://page.example"))),
            map: app =>
            {
                app.UseCors();
                app.MapOrchestrator().Workers.RequireCors("page");
            });
        await host.InStateAsync("running");

        (await host.SendAsync(HttpMethod.Post, "runs/r1/commands/next", null, ("Origin", "https://page.example"), ("Sec-Fetch-Site", "cross-site"))).Is(204);
    }

    [Fact]
    public async Task Every_endpoint_that_a_browser_calls_without_asking_and_that_changes_something_is_guarded()
    {
        var rows = EndpointTable.Create(_host.Services.GetRequiredService<IOrchestrator>(), new OrchestratorOptions());
        var guarded = rows.Where(row => row.RefusesForeignPages).Select(row => row.OperationId).ToHashSet();
        Assert.Equal(["acknowledgeCommand", "nextCommand", "takeNextCommand"], guarded.Order(StringComparer.Ordinal));

        // As a form of another site posts it.
        foreach (var row in rows.Where(row => row.Method == "POST" && !guarded.Contains(row.OperationId)))
        {
            var path = row.Pattern.Replace("{id}", "r1", StringComparison.Ordinal).Replace("{command_id}", "c1", StringComparison.Ordinal)[1..];
            var form = new FormUrlEncodedContent([]);
            Assert.Contains((await _host.SendAsync(HttpMethod.Post, path, form, ("Sec-Fetch-Site", "cross-site"))).Status, new[] { 400, 415 });
            Assert.Contains((await _host.SendAsync(HttpMethod.Post, path, null, ("Sec-Fetch-Site", "cross-site"))).Status, new[] { 400, 415 });
        }
    }
}
