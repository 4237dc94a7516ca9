using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Orchestrator;
using Orchestrator.Core.Events;
using Orchestrator.Core.Hosting;
using Orchestrator.Core.Housekeeping;
using Orchestrator.Core.Options;
using Orchestrator.Core.Sweeping;
using Orchestrator.Storage;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Adds the orchestrator to an application.</summary>
public static class OrchestratorServiceCollectionExtensions
{
    /// <summary>
    /// Adds <see cref="IOrchestrator"/>, with runs kept in memory until a store is chosen on the builder. Options come from the
    /// configuration section <c>Orchestrator</c>, then from <paramref name="configure"/>; the application does not start with
    /// values that make no sense. Calling it again only adds to the options.
    /// </summary>
    /// <param name="services">The application's services.</param>
    /// <param name="configure">Sets options in code.</param>
    /// <returns>A builder on which a store is chosen.</returns>
    public static OrchestratorBuilder AddOrchestrator(this IServiceCollection services, Action<OrchestratorOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        var options = services.AddOptions<OrchestratorOptions>().ValidateOnStart();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IConfigureOptions<OrchestratorOptions>, OptionsBinder>(
            provider => new OptionsBinder(provider.GetService<IConfiguration>())));
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<OrchestratorOptions>, OptionsValidator>());
        if (configure is not null)
        {
            options.Configure(configure);
        }

        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<IRunStore>(provider => new InMemoryRunStore(
            provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<IOptions<OrchestratorOptions>>().Value.Retention.MaxEndedRuns));
        services.TryAddSingleton(provider => new Engine(
            provider.GetRequiredService<IRunStore>(),
            provider.GetRequiredService<IOptions<OrchestratorOptions>>().Value,
            provider.GetRequiredService<TimeProvider>(),
            provider.GetService<ILoggerFactory>() ?? NullLoggerFactory.Instance,
            provider.GetService<System.Diagnostics.Metrics.IMeterFactory>(),
            provider.GetService<IHostApplicationLifetime>()));
        services.TryAddSingleton<IOrchestrator>(provider => provider.GetRequiredService<Engine>());
        services.TryAddSingleton(provider => provider.GetRequiredService<Engine>().StoreStatus);
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IHostedService, Sweeper>(
            provider => provider.GetRequiredService<Engine>().Sweeper));
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IHostedService, Housekeeper>(
            provider => provider.GetRequiredService<Engine>().Housekeeper));
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IHostedService, PublisherService>(
            provider => new PublisherService(provider.GetServices<IEventPublisher>(), provider.GetRequiredService<Engine>().PumpTo)));
        return new OrchestratorBuilder(services);
    }
}
