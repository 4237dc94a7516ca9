using Microsoft.Extensions.Options;

namespace Orchestrator.Samples.Server;

/// <summary>Chooses the store by configuration.</summary>
internal static class Storage
{
    private const string Provider = "Orchestrator:Storage:Provider";
    private const string Schema = "Orchestrator:Storage:Schema";
    private const string Prefix = "Orchestrator:Storage:Prefix";

    /// <summary>Keeps runs where <c>Orchestrator:Storage:Provider</c> says; in memory when it says nothing.</summary>
    /// <exception cref="OptionsValidationException">It says something that is not supported, or what the store needs is missing.</exception>
    public static OrchestratorBuilder UseStorage(this OrchestratorBuilder orchestrator, IConfiguration configuration) =>
        configuration[Provider] switch
        {
            null or "" => orchestrator,
            var memory when memory.Equals("Memory", StringComparison.OrdinalIgnoreCase) => orchestrator,
            var postgres when postgres.Equals("Postgres", StringComparison.OrdinalIgnoreCase) => orchestrator.UsePostgres(configuration),
            var redis when redis.Equals("Redis", StringComparison.OrdinalIgnoreCase) => orchestrator.UseRedis(configuration),
            var other => throw Refuse(Provider, $"is '{other}'; it must be Memory, Postgres or Redis."),
        };

    private static OrchestratorBuilder UsePostgres(this OrchestratorBuilder orchestrator, IConfiguration configuration)
    {
        var schema = configuration[Schema];
        var connection = ConnectionOf(configuration, "Postgres");
        try
        {
            return orchestrator.UsePostgres(connection, options => options.Schema = schema is { Length: > 0 } ? schema : options.Schema);
        }
        catch (ArgumentException fault) when (fault.ParamName == "configure")
        {
            throw Refuse(Schema, $"is refused: {fault.Message}");
        }
        catch (Exception fault) when (fault is ArgumentException or FormatException)
        {
            // What is wrong with it stays untold, as a password may be part of that.
            throw Refuse("ConnectionStrings:Postgres", "is no connection string of PostgreSQL.");
        }
    }

    private static OrchestratorBuilder UseRedis(this OrchestratorBuilder orchestrator, IConfiguration configuration)
    {
        var prefix = configuration[Prefix];
        var connection = ConnectionOf(configuration, "Redis");
        try
        {
            return orchestrator.UseRedis(connection, options => options.Prefix = prefix is { Length: > 0 } ? prefix : options.Prefix);
        }
        catch (ArgumentException fault) when (fault.ParamName == "configure")
        {
            throw Refuse(Prefix, $"is refused: {fault.Message}");
        }
        catch (ArgumentException)
        {
            // What is wrong with it stays untold, as a password may be part of that.
            throw Refuse("ConnectionStrings:Redis", "is no configuration of StackExchange.Redis.");
        }
    }

    private static string ConnectionOf(IConfiguration configuration, string provider) => configuration.GetConnectionString(provider) is { Length: > 0 } given
        ? given
        : throw Refuse("ConnectionStrings:" + provider, $"is missing; {Provider} {provider} needs it.");

    private static OptionsValidationException Refuse(string key, string fault) => new(key, typeof(string), [$"{key} {fault}"]);
}
