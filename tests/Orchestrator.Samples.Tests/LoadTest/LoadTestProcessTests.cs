using System.Text.Json;
using Orchestrator.Samples.Tests.Processes;

namespace Orchestrator.Samples.Tests.LoadTest;

public sealed class LoadTestProcessTests
{
    [Fact]
    public async Task A_scenario_runs_to_its_end_and_is_told_of()
    {
        var folder = Directory.CreateTempSubdirectory("load-test-");
        try
        {
            await using var process = SampleProcess.Start("Orchestrator.LoadTest", "--quick", "--rounds", "1", "--only", "http", "--output", folder.FullName);

            var (exitCode, output, errors) = await process.EndAsync();

            Assert.True(exitCode == 0, $"{output}\n{errors}");
            using var results = JsonDocument.Parse(await File.ReadAllTextAsync(Path.Combine(folder.FullName, "load-test.json")));
            var row = results.RootElement.GetProperty("rows").EnumerateArray().First(row => row.GetProperty("beside").GetString() == "JSON echo");
            Assert.True(row.GetProperty("ratio").GetProperty("median").GetDouble() > 0);
            Assert.Contains("| JSON echo |", await File.ReadAllTextAsync(Path.Combine(folder.FullName, "load-test.md")), StringComparison.Ordinal);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}
