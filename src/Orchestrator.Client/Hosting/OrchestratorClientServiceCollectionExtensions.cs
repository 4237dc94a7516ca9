using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using Orchestrator;
using Orchestrator.Client.Hosting;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Adds the client of an orchestrator to an application.</summary>
public static class OrchestratorClientServiceCollectionExtensions
{
    private const string Name = nameof(OrchestratorClient);

    /// <summary>
    /// Adds <see cref="OrchestratorClient"/> as a singleton. <see cref="IOrchestrator"/> is not added, because a host with an engine of its own means
    /// that one; where there is none, the application says so itself:
    /// <c>services.AddSingleton&lt;IOrchestrator&gt;(provider => provider.GetRequiredService&lt;OrchestratorClient&gt;())</c>.
    /// </summary>
    /// <param name="services">The application's services.</param>
    /// <param name="configure">Sets the base address, and how long to try. The application does not start with options that make no sense.</param>
    /// <returns>The HTTP client's builder, on which handlers are added, such as those for credentials.</returns>
    /// <remarks>
    /// <para>The client repeats its calls itself, and waits for up to 60 s in one call. It therefore takes no resilience handlers from
    /// <c>ConfigureHttpClientDefaults</c>; one that is added to the returned builder stays. Other default handlers stay, such as the one of service
    /// discovery, which resolves <c>https+http://</c> addresses.</para>
    /// <para>The HTTP client does not follow redirects, and does not log its requests: the worker logs outages. <c>AddDefaultLogger()</c> on the
    /// returned builder restores the lines of each request.</para>
    /// </remarks>
    public static IHttpClientBuilder AddOrchestratorClient(this IServiceCollection services, Action<OrchestratorClientOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(configure);
        services.AddOptions<OrchestratorClientOptions>().Configure(configure).ValidateOnStart();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<OrchestratorClientOptions>, ClientOptionsValidator>());
        services.TryAddSingleton(provider =>
        {
            var factory = provider.GetRequiredService<IHttpClientFactory>();
            var options = provider.GetRequiredService<IOptions<OrchestratorClientOptions>>().Value;
            return new OrchestratorClient(
                () => factory.CreateClient(Name), options, options.BaseAddress, provider.GetService<TimeProvider>() ?? TimeProvider.System);
        });
        return services.AddHttpClient(Name, http => http.Timeout = Timeout.InfiniteTimeSpan)
            .RemoveAllLoggers()
            .ConfigureAdditionalHttpMessageHandlers(static (handlers, _) => DefaultHandlers.RemoveResilience(handlers))
            .ConfigurePrimaryHttpMessageHandler(static (handler, _) => DefaultHandlers.StopRedirects(handler));
    }
}
