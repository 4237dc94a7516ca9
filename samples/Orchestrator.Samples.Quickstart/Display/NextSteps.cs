using Spectre.Console;

namespace Orchestrator.Samples.Quickstart.Display;

/// <summary>What to try after the run.</summary>
public static class NextSteps
{
    /// <summary>Says how to go on without this process.</summary>
    public static void Show(IAnsiConsole console)
    {
        console.MarkupLine("[bold]What to try next[/]");
        console.MarkupLine("  [grey]--keep-running[/]      serve on after the run, to look at it with curl");
        console.MarkupLine("  [grey]--checkpoints DIR[/]   keep the checkpoint; a second start goes on from it");
        console.MarkupLine("  [grey]--Orchestrator:Health:UnresponsiveAfter=00:00:08[/]   more patience with a silent worker");
        console.MarkupLine("  [blue]samples/Orchestrator.Samples.Server[/]   the server to start your own from");
        console.MarkupLine("  [blue]samples/Orchestrator.Samples.Quickstart/Worker[/]   how to write a worker");
    }

    /// <summary>Says what can be asked of this process while it serves on.</summary>
    public static void ShowCalls(IAnsiConsole console, Uri api, string runId)
    {
        console.MarkupLine("[bold]Serving on, until Ctrl+C[/]");

        // Written as they are, so that no line is broken where it is copied from.
        foreach (var call in Calls(api, runId))
        {
            console.Profile.Out.Writer.WriteLine("  " + call);
        }
    }

    private static IEnumerable<string> Calls(Uri api, string runId)
    {
        const string json = "-H 'Content-Type: application/json'";
        yield return $"curl -s {api}runs";
        yield return $"curl -s {api}runs/{runId}";
        yield return $"curl -s {api}runs/{runId}/commands";
        yield return $"curl -s {api}runs/{runId}/transitions";
        yield return $"curl -s {api}runs/{runId}/audit/verify";
        yield return $"curl -N -H 'Last-Event-ID: 0' {api}runs/{runId}/events";
        yield return $$$"""curl -s {{{api}}}runs {{{json}}} -d '{"id":"mine","experiment_id":"e1","version_id":"v1"}'""";
        yield return $$$"""curl -s {{{api}}}runs/mine/heartbeat {{{json}}} -d '{"run_id":"mine","status":"running","step":1,"samples_per_sec":10,"loss":0.5,"checkpoint_version":0}'""";
        yield return $$$"""curl -s {{{api}}}runs/mine/commands {{{json}}} -d '{"type":"pause","actor":{"type":"operator","id":"me"}}'""";
        yield return $"curl -s '{api}runs/mine/commands/next?wait=10'";
    }
}
