using System.Threading.RateLimiting;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Orchestrator.AspNetCore.Tests.Http;

namespace Orchestrator.AspNetCore.Tests.Hosting;

/// <summary>How a host maps the API.</summary>
public sealed class MappingTests
{
    [Fact]
    public void Without_its_services_it_throws_and_names_the_call_to_add()
    {
        var app = WebApplication.CreateSlimBuilder().Build();

        var fault = Assert.Throws<InvalidOperationException>(() => app.MapOrchestrator());

        Assert.Contains("builder.Services.AddOrchestrator()", fault.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/control/v2", "/control/v2")]
    [InlineData("", "")]
    [InlineData("/tenants/{tenant}", "/tenants/acme")]
    public async Task Below_another_prefix_locations_follow(string prefix, string path)
    {
        await using var host = await TestHost.StartAsync(map: app => app.MapOrchestrator(prefix));
        var created = (await host.PostAsync($"{path}/runs", """{"id":"r1","experiment_id":"e","version_id":"v"}""")).Is(201);

        Assert.Equal($"{path}/runs/r1", created.Headers["Location"]);
        (await host.GetAsync(created.Headers["Location"])).Is(200);
    }

    [Theory]
    [InlineData("GET", "/api/v1/bogus")]
    [InlineData("POST", "/api/v1/runs/r1/bogus")]
    [InlineData("GET", "/api/v1/runs/r1/commands/c1/bogus")]
    [InlineData("DELETE", "/api/v1/bogus/")]
    public async Task A_path_below_the_prefix_that_does_not_exist_is_404_with_an_error(string method, string path)
    {
        await using var host = await TestHost.StartAsync();

        (await host.SendAsync(HttpMethod.Parse(method), path, null)).Refused(404, "not_found");
    }

    [Fact]
    public async Task Paths_of_the_host_stay_its_own()
    {
        await using var host = await TestHost.StartAsync(map: app =>
        {
            app.MapOrchestrator("");
            app.MapOrchestrator("/api/v1");
            app.MapGet("/api/v1/own", () => "own");
            app.MapFallback(() => "page");
        });

        Assert.Equal("own", (await host.GetAsync("/api/v1/own")).Is(200).Body);
        Assert.Equal("page", (await host.GetAsync("/elsewhere")).Is(200).Body);
        (await host.GetAsync("/api/v1/elsewhere")).Refused(404, "not_found");
    }

    [Fact]
    public async Task Behind_a_path_base_locations_have_it()
    {
        await using var host = await TestHost.StartAsync(map: app =>
        {
            app.UsePathBase("/base");
            app.UseRouting();
            app.MapOrchestrator();
        });

        Assert.Equal(
            "/base/api/v1/runs/r1", (await host.PostAsync("/base/api/v1/runs", """{"id":"r1","experiment_id":"e","version_id":"v"}""")).Is(201).Headers["Location"]);
    }

    [Fact]
    public async Task Mapped_twice_both_serve_the_same_runs_under_their_own_conventions()
    {
        await using var host = await TestHost.StartAsync(build: HeaderAuthentication.Add, map: app =>
        {
            app.MapOrchestrator("/open");
            app.MapOrchestrator("/closed").RequireAuthorization();
        });
        (await host.PostAsync("/open/runs", """{"id":"r1","experiment_id":"e","version_id":"v"}""")).Is(201);

        (await host.GetAsync("/closed/runs/r1")).Is(401);
        var closed = (await host.GetAsync("/closed/runs/r1", HeaderAuthentication.User("viewers/ada"))).Is(200);
        Assert.Equal((await host.GetAsync("/open/runs/r1")).Body, closed.Body);
    }

    [Fact]
    public async Task Mapped_twice_each_operation_has_an_id_of_its_own()
    {
        await using var host = await TestHost.StartAsync(build: builder => builder.Services.AddOpenApi(), map: app =>
        {
            app.MapOrchestrator("/a");
            app.MapOrchestrator("/b");
            app.MapOpenApi();
        });

        var paths = (await host.GetAsync("/openapi/v1.json")).Is(200)["paths"];

        Assert.Equal("getRun", paths.GetProperty("/a/runs/{id}").GetProperty("get").GetProperty("operationId").GetString());
        Assert.Equal("getRun_2", paths.GetProperty("/b/runs/{id}").GetProperty("get").GetProperty("operationId").GetString());
    }

    [Fact]
    public async Task A_rate_limit_acts()
    {
        await using var host = await TestHost.StartAsync(
            build: builder => builder.Services.AddRateLimiter(limits =>
            {
                limits.RejectionStatusCode = 429;
                limits.AddPolicy("two", _ => RateLimitPartition.GetConcurrencyLimiter("all", _ => new ConcurrencyLimiterOptions { PermitLimit = 2 }));
            }),
            map: app =>
            {
                app.UseRouting();
                app.UseRateLimiter();
                app.MapOrchestrator().Workers.RequireRateLimiting("two");
            });
        await host.InStateAsync("running");
        var polls = new[] { host.NextAsync("?wait=60"), host.NextAsync("?wait=60") };
        await host.Parked.AreAsync(2);

        (await host.NextAsync()).Is(429);
        (await host.GetAsync("runs/r1")).Is(200);

        await host.CommandAsync("tune");
        await host.CommandAsync("tune");
        Assert.All(await Task.WhenAll(polls).WaitAsync(TimeSpan.FromSeconds(30)), reply => reply.Is(200));
    }
}
