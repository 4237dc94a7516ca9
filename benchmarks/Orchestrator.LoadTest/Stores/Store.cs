using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using StackExchange.Redis;

namespace Orchestrator.LoadTest.Stores;

/// <summary>A store that a host can keep its runs in.</summary>
/// <param name="Name">What it is called, in rows and as an argument of a host.</param>
/// <param name="Variable">Which variable of the environment names its server; <see langword="null"/> for none.</param>
internal sealed record Store(string Name, string? Variable)
{
    public static readonly Store Memory = new("memory", null);
    public static readonly Store Postgres = new("PostgreSQL", "ORCHESTRATOR_TEST_POSTGRES");
    public static readonly Store Redis = new("Redis", "ORCHESTRATOR_TEST_REDIS");

    public static IReadOnlyList<Store> All { get; } = [Memory, Postgres, Redis];

    /// <summary>Why it cannot be measured; <see langword="null"/> when it can.</summary>
    public string? Missing => Variable is null || Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } ? null : $"{Variable} names no server";

    /// <summary>Its server, as its client takes it.</summary>
    public string Server => Variable is not null && Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } server
        ? server
        : throw new InvalidOperationException($"{Name}: {Missing ?? "has no server"}");

    public static Store Named(string name) => All.Single(store => store.Name == name);

    /// <summary>The version of its server.</summary>
    public async Task<string> VersionAsync()
    {
        if (this == Postgres)
        {
            await using var connection = new NpgsqlConnection(Server);
            await connection.OpenAsync();
            return connection.ServerVersion;
        }

        await using var redis = await ConnectionMultiplexer.ConnectAsync(Server);
        return redis.GetServers()[0].Version.ToString();
    }

    /// <summary>Keeps the runs of an orchestrator here.</summary>
    /// <param name="builder">The orchestrator's builder.</param>
    /// <param name="scope">The schema, or the prefix of the keys: what two hosts share.</param>
    public OrchestratorBuilder Use(OrchestratorBuilder builder, string scope) =>
        this == Postgres ? builder.UsePostgres(Server, options => options.Schema = scope)
        : this == Redis ? builder.UseRedis(Server, options => options.Prefix = scope + ":")
        : builder;

    /// <summary>An orchestrator of this process.</summary>
    public ServiceProvider NewOrchestrator(string scope)
    {
        var services = new ServiceCollection();
        Use(services.AddOrchestrator(Fleet.Configure), scope);
        return services.BuildServiceProvider();
    }
}
