using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.HttpOverrides;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using MyRunStore = Orchestrator.InMemoryRunStore;

namespace Orchestrator.Architecture.Tests.Snippets;

internal static class Host
{
    public static void Run(string[] args)
    {
        // <host>
        var builder = WebApplication.CreateBuilder(args);
        builder.Services.AddOrchestrator();

        var app = builder.Build();
        app.MapOrchestrator();
        app.Run();
        // </host>
    }

    public static void Postgres(WebApplicationBuilder builder)
    {
        // <postgres>
        builder.Services.AddOrchestrator().UsePostgres(builder.Configuration.GetConnectionString("Postgres")!);
        // </postgres>
    }

    public static void Redis(WebApplicationBuilder builder)
    {
        // <redis>
        builder.Services.AddOrchestrator().UseRedis(builder.Configuration.GetConnectionString("Redis")!);
        // </redis>
    }

    public static void RedisOptions(WebApplicationBuilder builder)
    {
        // <redis-options>
        builder.Services.AddOrchestrator().UseRedis(builder.Configuration.GetConnectionString("Redis")!, options =>
        {
            options.Prefix = "orchestrator:";                   // the default
            options.UnsafeServer = UnsafeServer.Refuse;         // Warn: says so in the log, and goes on
        });
        // </redis-options>
    }

    public static void PostgresOptions(WebApplicationBuilder builder)
    {
        // <postgres-options>
        builder.Services.AddOrchestrator().UsePostgres(builder.Configuration.GetConnectionString("Postgres")!, options =>
        {
            options.Schema = "orchestrator";            // the default
            options.Migrate = MigrationMode.Verify;     // Apply: creates and extends the tables; None: trusts that they are there
        });
        // </postgres-options>
    }

    public static void Options(WebApplicationBuilder builder)
    {
        // <options>
        builder.Services.AddOrchestrator(options =>
        {
            options.Heartbeats.MinInterval = TimeSpan.FromSeconds(1);
            options.Tunables.Add("batch_size", min: 1, max: 4096, wholeNumber: true);
        });
        // </options>
    }

    public static void Policies(WebApplicationBuilder builder)
    {
        // <policies>
        builder.Services.AddAuthorizationBuilder()
            .AddPolicy("worker", policy => policy.RequireRole("worker"))
            .AddPolicy("operator", policy => policy.RequireRole("operator"))
            .AddPolicy("viewer", policy => policy.RequireAuthenticatedUser());
        // </policies>
    }

    public static void Audiences(WebApplication app)
    {
        // <audiences>
        app.UseAuthentication();
        app.UseAuthorization();

        var endpoints = app.MapOrchestrator();
        endpoints.Workers.RequireAuthorization("worker");
        endpoints.Operators.RequireAuthorization("operator");
        endpoints.Viewers.RequireAuthorization("viewer");
        // </audiences>
    }

    public static void Closed(WebApplication app)
    {
        // <closed>
        app.MapOrchestrator().RequireAuthorization();

        var api = app.MapOrchestrator();
        api.Workers.RequireAuthorization("workers");
        api.Operators.RequireAuthorization("operators");
        api.Viewers.RequireAuthorization("viewers");
        // </closed>
    }

    public static void Forwarded(WebApplicationBuilder builder, WebApplication app)
    {
        // <forwarded-services>
        builder.Services.Configure<ForwardedHeadersOptions>(options =>
        {
            options.ForwardedHeaders = ForwardedHeaders.XForwardedFor | ForwardedHeaders.XForwardedProto;
            options.KnownProxies.Add(System.Net.IPAddress.Parse("10.0.0.10"));
        });
        // </forwarded-services>

        // <forwarded>
        app.UseForwardedHeaders(); // before everything that looks at the caller
        // </forwarded>
    }

    public static void HealthCheck(WebApplicationBuilder builder, WebApplication app)
    {
        // <health-check-services>
        builder.Services.AddHealthChecks().AddOrchestrator();
        // </health-check-services>

        // <health-check>
        app.MapHealthChecks("/healthz");
        // </health-check>
    }

    public static void OwnStore(WebApplicationBuilder builder)
    {
        // <own-store>
        builder.Services.AddSingleton<Orchestrator.Storage.IRunStore, MyRunStore>();
        builder.Services.AddOrchestrator();
        // </own-store>
    }
}
