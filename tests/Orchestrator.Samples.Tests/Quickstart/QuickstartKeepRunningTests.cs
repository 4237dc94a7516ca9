using System.Text.Json.Nodes;

namespace Orchestrator.Samples.Tests.Quickstart;

public sealed class QuickstartKeepRunningTests
{
    [Fact]
    public async Task Serves_on_until_sigterm_and_leaves_no_files_behind()
    {
        await using var quickstart = QuickstartProcess.Start("--keep-running", "--urls", "http://127.0.0.1:0", "--Orchestrator:Health:UnresponsiveAfter=00:02:15");
        var checkpoint = await QuickstartProcess.CheckpointAsync(quickstart);

        await quickstart.LineAsync("left out  a silent worker");
        await quickstart.LineAsync("Serving on");
        var call = (await quickstart.LineAsync("curl -s http://127.0.0.1:")).Trim();
        Assert.True(File.Exists(checkpoint));
        using var http = new HttpClient();
        var listed = JsonNode.Parse(await http.GetStringAsync(call.Split(' ')[^1]))!["runs"]!.AsArray();
        Assert.Equal("terminated", (string?)Assert.Single(listed)!["state"]);

        quickstart.Terminate();
        var (exitCode, _, errors) = await quickstart.EndAsync();
        Assert.Equal(0, exitCode);
        Assert.Empty(errors);
        Assert.False(Directory.Exists(Path.GetDirectoryName(checkpoint)));
    }
}
