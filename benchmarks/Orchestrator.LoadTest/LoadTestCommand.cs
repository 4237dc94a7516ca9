using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using Orchestrator.LoadTest.Report;
using Orchestrator.LoadTest.Scenarios;
using Spectre.Console;

namespace Orchestrator.LoadTest;

/// <summary>The command line.</summary>
internal static class LoadTestCommand
{
    public static RootCommand Create()
    {
        var quick = new Option<bool>("--quick") { Description = "Short rounds and few runs: shows that everything runs, in under a minute." };
        var rounds = new Option<int?>("--rounds") { Description = "How many rounds each contestant gets (default: 5, or 3 with --quick)." };
        var only = new Option<string[]>("--only") { Description = "Which scenarios to run (default: all).", AllowMultipleArgumentsPerToken = true };
        only.AcceptOnlyFromAmong([.. Scenario.All.Select(scenario => scenario.Name)]);
        var output = new Option<DirectoryInfo>("--output")
        {
            Description = "Where load-test.md and load-test.json are written (default: benchmarks/results for everything in full, artifacts/load-test otherwise).",
        };
        var command = new RootCommand("Measures Orchestrator beside the ceilings of its layers and beside its peers.") { quick, rounds, only, output };
        command.SetAction(async (parsed, stop) =>
        {
            var chosen = parsed.GetValue(only) is { Length: > 0 } names ? Scenario.All.Where(scenario => names.Contains(scenario.Name)).ToList() : Scenario.All;
            var isWhole = chosen.Count == Scenario.All.Count && !parsed.GetValue(quick);
            var folder = parsed.GetValue(output)?.FullName ?? Path.Combine(Repository.Root, isWhole ? "benchmarks/results" : "artifacts/load-test");
            var line = $"dotnet run -c Release --project benchmarks/Orchestrator.LoadTest -- {string.Join(' ', parsed.Tokens.Select(token => token.Value))}".TrimEnd(' ', '-');
            var results = new Results(DateTimeOffset.UtcNow, line, await Machine.ThisAsync(), []);
            var failed = new List<string>();
            foreach (var scenario in chosen)
            {
                if (!await RunAsync(scenario, parsed.GetValue(quick), parsed.GetValue(rounds), results.Rows, stop))
                {
                    failed.Add(scenario.Name);
                }
            }

            results.Print();
            if (failed.Count > 0)
            {
                AnsiConsole.MarkupLineInterpolated(CultureInfo.InvariantCulture, $"[red]These scenarios failed, and nothing was written: {string.Join(", ", failed)}.[/]");
                return 1;
            }

            await results.WriteAsync(folder);
            return 0;
        });
        return command;
    }

    private static async Task<bool> RunAsync(Scenario scenario, bool quick, int? rounds, List<Row> rows, CancellationToken stop)
    {
        var begin = Stopwatch.GetTimestamp();
        var succeeded = await ScenarioVerb.RunAsync(scenario, quick, rounds, rows.Add, stop);
        AnsiConsole.MarkupLineInterpolated(CultureInfo.InvariantCulture, $"[grey]{scenario.Name}: {Stopwatch.GetElapsedTime(begin).TotalSeconds:F0} s[/]");
        return succeeded;
    }
}
