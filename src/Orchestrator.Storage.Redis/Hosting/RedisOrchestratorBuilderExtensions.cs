using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Orchestrator.Storage;
using Orchestrator.Storage.Redis;
using Orchestrator.Storage.Redis.Hosting;

namespace Orchestrator;

/// <summary>Keeps runs in Redis.</summary>
public static class RedisOrchestratorBuilderExtensions
{
    /// <summary>
    /// Keeps runs in a Redis (7 or newer), a node or a cluster, which any number of hosts may share. What was acknowledged survives the end of the hosts and, with
    /// <c>appendfsync always</c>, of the server; a failover to a replica may lose some of it.
    /// </summary>
    /// <param name="builder">The orchestrator's builder.</param>
    /// <param name="configuration">Where Redis is, as StackExchange.Redis takes it, such as <c>redis:6379,password=…</c>.</param>
    /// <param name="configure">Sets options.</param>
    /// <exception cref="ArgumentException">The configuration or an option makes no sense.</exception>
    public static OrchestratorBuilder UseRedis(this OrchestratorBuilder builder, string configuration, Action<RedisStoreOptions>? configure = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(configuration);
        return builder.UseRedis(ConfigurationOptions.Parse(configuration), configure);
    }

    /// <summary>Does so with settings that have no place in a text, such as certificates or the renewal of tokens.</summary>
    /// <param name="builder">The orchestrator's builder.</param>
    /// <param name="configuration">Where Redis is. It is copied; whether a start without Redis fails, and what is done while it is away, are not taken from it.</param>
    /// <param name="configure">Sets options.</param>
    /// <exception cref="ArgumentException">The configuration or an option makes no sense.</exception>
    /// <inheritdoc cref="UseRedis(OrchestratorBuilder, string, Action{RedisStoreOptions}?)" path="/summary"/>
    public static OrchestratorBuilder UseRedis(this OrchestratorBuilder builder, ConfigurationOptions configuration, Action<RedisStoreOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(configuration);
        if (configuration.EndPoints.Count == 0)
        {
            throw new ArgumentException("The configuration names no server.", nameof(configuration));
        }

        var options = new RedisStoreOptions();
        configure?.Invoke(options);
        options.Check(nameof(configure));
        builder.Services.RemoveAll<IRunStore>();
        builder.Services.AddSingleton<IRunStore>(provider =>
            new RedisRunStore(configuration, options, provider.GetService<ILoggerFactory>() ?? NullLoggerFactory.Instance));
        builder.Services.TryAddEnumerable(ServiceDescriptor.Singleton<IHostedService, StartCheck>());
        return builder;
    }
}
