using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Orchestrator.Core.Tests.Options;

/// <summary>The options as <c>AddOrchestrator()</c> makes them of configuration and code.</summary>
internal static class Configured
{
    public static OrchestratorOptions From(IConfiguration configuration, Action<OrchestratorOptions>? configure = null)
    {
        var services = new ServiceCollection().AddSingleton(configuration);
        services.AddOrchestrator(configure);
        using var provider = services.BuildServiceProvider();
        return provider.GetRequiredService<IOptions<OrchestratorOptions>>().Value;
    }

    public static OrchestratorOptions From(params (string Key, string? Value)[] settings) => From(Section(settings));

    /// <summary>Why the options are refused.</summary>
    public static IEnumerable<string> FaultsOf(params (string Key, string? Value)[] settings) =>
        Assert.Throws<OptionsValidationException>(() => From(settings)).Failures;

    public static IConfiguration Section(params (string Key, string? Value)[] settings) => new ConfigurationBuilder()
        .AddInMemoryCollection(settings.Select(setting => KeyValuePair.Create($"Orchestrator:{setting.Key}", setting.Value)))
        .Build();
}
