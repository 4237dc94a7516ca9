using Microsoft.Extensions.Options;

namespace Orchestrator.Samples.Server;

/// <summary>Chooses the store by configuration.</summary>
internal static class Storage
{
    private const string Key = "Orchestrator:Storage:Provider";
    private const string Memory = "Memory";

    /// <summary>Keeps runs where <c>Orchestrator:Storage:Provider</c> says; in memory when it says nothing.</summary>
    /// <exception cref="OptionsValidationException">It says something that is not supported.</exception>
    public static OrchestratorBuilder UseStorage(this OrchestratorBuilder orchestrator, IConfiguration configuration)
    {
        var provider = configuration[Key] is { Length: > 0 } given ? given : Memory;
        return string.Equals(provider, Memory, StringComparison.OrdinalIgnoreCase)
            ? orchestrator
            : throw new OptionsValidationException(Key, typeof(string), [$"{Key} is '{provider}'; it must be {Memory}."]);
    }
}
