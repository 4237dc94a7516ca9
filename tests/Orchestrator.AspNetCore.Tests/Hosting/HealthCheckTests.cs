using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Orchestrator.AspNetCore.Tests.Http;

namespace Orchestrator.AspNetCore.Tests.Hosting;

public sealed class HealthCheckTests
{
    [Fact]
    public async Task It_is_healthy_as_long_as_the_store_answers()
    {
        FaultyStore? store = null;
        await using var host = await TestHost.StartAsync(
            build: builder =>
            {
                FaultyStore.Use(builder, created => store = created);
                builder.Services.AddHealthChecks().AddOrchestrator();
            },
            map: app =>
            {
                app.MapOrchestrator();
                app.MapHealthChecks("/health");
            });

        Assert.Equal("Healthy", (await host.GetAsync("/health")).Is(200).Body);
        store!.Fails = _ => true;
        Assert.Equal("Unhealthy", (await host.GetAsync("/health")).Is(503).Body);
        store.Fails = _ => false;
        Assert.Equal("Healthy", (await host.GetAsync("/health")).Is(200).Body);
    }

    [Fact]
    public async Task Its_name_status_and_tags_are_the_hosts_to_choose()
    {
        FaultyStore? store = null;
        await using var host = await TestHost.StartAsync(
            build: builder =>
            {
                FaultyStore.Use(builder, created => store = created);
                builder.Services.AddHealthChecks().AddOrchestrator(
                    "runs", Microsoft.Extensions.Diagnostics.HealthChecks.HealthStatus.Degraded, ["ready"]);
            },
            map: app =>
            {
                app.MapOrchestrator();
                app.MapHealthChecks("/ready", new() { Predicate = check => check.Name == "runs" && check.Tags.Contains("ready") });
            });

        store!.Fails = _ => true;

        Assert.Equal("Degraded", (await host.GetAsync("/ready")).Is(200).Body);
    }
}
