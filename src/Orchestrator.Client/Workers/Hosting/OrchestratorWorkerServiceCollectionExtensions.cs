using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Orchestrator;
using Orchestrator.Client.Workers.Hosting;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Adds a worker to an application.</summary>
public static class OrchestratorWorkerServiceCollectionExtensions
{
    private const string Category = "Orchestrator.Worker";

    /// <summary>
    /// Adds a worker: it claims runs from the application's <see cref="IOrchestrator"/> or, where there is none, by its <see cref="OrchestratorClient"/>,
    /// and has a <typeparamref name="TTrainer"/> execute each. While the orchestrator is away it goes on. When the host stops, trainers are told to save a
    /// checkpoint, and their runs go back to the queue; how long that may take is the <c>ShutdownTimeout</c> of the host. May be called for
    /// several trainers, which then claim by different names; <see cref="WorkerOptions.Labels"/> says which runs are whose.
    /// </summary>
    /// <typeparam name="TTrainer">Executes runs. Added as a scoped service unless it is one already.</typeparam>
    /// <param name="services">The application's services.</param>
    /// <param name="configure">Sets options. The application does not start with values that make no sense.</param>
    public static IServiceCollection AddOrchestratorWorker<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicConstructors)] TTrainer>(
        this IServiceCollection services, Action<WorkerOptions>? configure = null)
        where TTrainer : class, ITrainer
    {
        ArgumentNullException.ThrowIfNull(services);
        var name = typeof(TTrainer).FullName!;
        services.AddOptions<WorkerOptions>(name).Configure(configure ?? (static _ => { })).ValidateOnStart();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<WorkerOptions>, WorkerOptionsValidator>());
        services.TryAddScoped<TTrainer>();
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<ClaimNames>();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IHostedService, WorkerService<TTrainer>>(provider => new WorkerService<TTrainer>(
            provider.GetRequiredService<IServiceScopeFactory>(),
            OrchestratorOf(provider),
            provider.GetRequiredService<ClaimNames>(),
            provider.GetRequiredService<IOptionsMonitor<WorkerOptions>>().Get(name),
            provider.GetRequiredService<TimeProvider>(),
            (provider.GetService<ILoggerFactory>() ?? NullLoggerFactory.Instance).CreateLogger(Category))));
        return services;
    }

    private static IOrchestrator OrchestratorOf(IServiceProvider provider) =>
        provider.GetService<IOrchestrator>()
        ?? provider.GetService<OrchestratorClient>()
        ?? throw new InvalidOperationException("A worker needs an orchestrator: call AddOrchestratorClient(), or AddOrchestrator() to have it in this process.");
}
