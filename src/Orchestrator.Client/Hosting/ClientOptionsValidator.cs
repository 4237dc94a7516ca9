using Microsoft.Extensions.Options;

namespace Orchestrator.Client.Hosting;

/// <summary>Refuses options that make no sense, naming them and their values.</summary>
internal sealed class ClientOptionsValidator : IValidateOptions<OrchestratorClientOptions>
{
    public ValidateOptionsResult Validate(string? name, OrchestratorClientOptions options)
    {
        var faults = options.FindFaults(options.BaseAddress).ToList();
        if (options.BaseAddress is null)
        {
            faults.Add($"{nameof(OrchestratorClientOptions)}.{nameof(options.BaseAddress)} is not set.");
        }

        return faults.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults);
    }
}
