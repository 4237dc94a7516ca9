using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Orchestrator.AspNetCore.Tests.Http;
using Orchestrator.Storage;

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

    [Theory]
    [InlineData(Microsoft.Extensions.Diagnostics.HealthChecks.HealthStatus.Degraded, 200)]
    [InlineData(Microsoft.Extensions.Diagnostics.HealthChecks.HealthStatus.Unhealthy, 503)]
    public async Task It_is_degraded_or_what_the_host_chose_from_a_write_that_failed_to_the_next_that_succeeds(
        Microsoft.Extensions.Diagnostics.HealthChecks.HealthStatus chosen, int status)
    {
        FaultyStore? store = null;
        await using var host = await TestHost.StartAsync(
            build: builder =>
            {
                FaultyStore.Use(builder, created => store = created);
                builder.Services.AddHealthChecks().AddOrchestrator(writeFailureStatus: chosen);
            },
            map: app =>
            {
                app.MapOrchestrator();
                app.MapHealthChecks("/health");
            });
        await host.CreateRunAsync("r1");

        store!.Fails = member => member is nameof(IRunStore.CommitAsync);
        (await host.PostAsync("runs", """{"id":"r2","experiment_id":"e","version_id":"v"}""")).Refused(503, "store_unavailable");
        Assert.Equal(chosen.ToString(), (await host.GetAsync("/health")).Is(status).Body);
        (await host.GetAsync("runs/r1")).Is(200);
        Assert.Equal(chosen.ToString(), (await host.GetAsync("/health")).Is(status).Body);

        store.Fails = _ => false;
        await host.CreateRunAsync("r2");
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
