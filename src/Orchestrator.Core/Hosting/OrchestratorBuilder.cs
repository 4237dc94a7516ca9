using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Orchestrator.Core.Events;

namespace Orchestrator;

/// <summary>Where the packages of stores and publishers hook in.</summary>
/// <param name="services">The application's services.</param>
public sealed class OrchestratorBuilder(IServiceCollection services)
{
    /// <summary>The application's services.</summary>
    public IServiceCollection Services { get; } = services;

    /// <summary>Adds a publisher: every durable event comes to it at least once, on one host at a time. Adding the same type again changes nothing.</summary>
    /// <typeparam name="TPublisher">The publisher; its dependencies come from the application's services.</typeparam>
    public OrchestratorBuilder AddPublisher<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicConstructors)] TPublisher>()
        where TPublisher : class, IEventPublisher
    {
        Services.TryAddEnumerable(ServiceDescriptor.Singleton<IEventPublisher, TPublisher>());
        return this;
    }

    /// <summary>Adds the publisher <c>log</c>, which writes every durable event as a line of the application's log.</summary>
    public OrchestratorBuilder AddLoggingPublisher() => AddPublisher<LoggingPublisher>();
}
