using Orchestrator.Samples.Tests.Processes;

namespace Orchestrator.Samples.Tests.Cli;

/// <summary>The command line, as an operator runs it.</summary>
internal static class CliProcess
{
    private static readonly string[] NotOurs = ["ORCHESTRATOR_URL", "ORCHESTRATOR_TOKEN", "ORCHESTRATOR_ACTOR", "http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"];

    public static SampleProcess Start(string[] args, params ReadOnlySpan<(string Name, string Value)> environment)
    {
        var start = SampleProcess.Describe("Orchestrator.Samples.Cli", "orchestrator", args);
        foreach (var name in NotOurs)
        {
            start.Environment.Remove(name);
        }

        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        return SampleProcess.Start(start);
    }

    public static async Task<(int ExitCode, string Output, string Errors)> RunAsync(string[] args, params (string Name, string Value)[] environment)
    {
        await using var process = Start(args, environment);
        return await process.EndAsync();
    }
}
