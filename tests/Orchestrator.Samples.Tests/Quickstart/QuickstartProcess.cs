using Orchestrator.Samples.Tests.Processes;

namespace Orchestrator.Samples.Tests.Quickstart;

internal static class QuickstartProcess
{
    public static SampleProcess Start(params string[] args) => SampleProcess.Start("Orchestrator.Samples.Quickstart", args);

    /// <summary>Where the checkpoint is, by the line that says so.</summary>
    public static async Task<string> CheckpointAsync(SampleProcess quickstart) =>
        (await quickstart.LineAsync("saving"))["saving".Length..].Replace(" (temporary)", "", StringComparison.Ordinal).Trim();
}
