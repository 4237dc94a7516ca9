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
            faults.Add($"{nameof(OrchestratorClientOptions)}.{nameof(options.BaseAddress)} is required: the address of the API with its prefix, such as http://host:5000/api/v1.");
        }

        return faults.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults);
    }
}
