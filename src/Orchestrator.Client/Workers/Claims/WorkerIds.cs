namespace Orchestrator.Client.Workers.Claims;

/// <summary>The names of workers.</summary>
internal static class WorkerIds
{
    /// <summary>The name of a worker that was given none: the machine and the process, so that no other process has it.</summary>
    public static string OfProcess { get; } = $"{Environment.MachineName}-{Environment.ProcessId}";
}
