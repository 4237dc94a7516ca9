using Microsoft.Extensions.Options;

namespace Orchestrator.Client.Workers.Hosting;

/// <summary>Keeps an application from starting with options that make no sense.</summary>
internal sealed class WorkerOptionsValidator : IValidateOptions<WorkerOptions>
{
    private const int LongestWorkerId = 240;
    private const int MostConcurrentRuns = 1_000;

    public ValidateOptionsResult Validate(string? name, WorkerOptions options)
    {
        var faults = new List<string>();
        if (options.WorkerId is not { Length: >= 1 and <= LongestWorkerId })
        {
            faults.Add($"WorkerId is '{options.WorkerId}'; it must have 1 to {LongestWorkerId} characters.");
        }

        if (options.MaxConcurrentRuns is < 1 or > MostConcurrentRuns)
        {
            faults.Add($"MaxConcurrentRuns is {options.MaxConcurrentRuns}; it must be from 1 to {MostConcurrentRuns}.");
        }

        try
        {
            options.Run.Validate();
        }
        catch (ArgumentException fault)
        {
            faults.Add("Run." + fault.Message);
        }

        return faults.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults);
    }
}
