using Orchestrator.Samples.Tests.Processes;
using Orchestrator.Samples.Tests.Server;

namespace Orchestrator.Samples.Tests.WorkerService;

/// <summary>The worker service sample beside the server sample.</summary>
public sealed class WorkerServiceProcessTests : IDisposable
{
    private const string Sample = "Orchestrator.Samples.WorkerService";

    private readonly DirectoryInfo _checkpoints = Directory.CreateTempSubdirectory("orchestrator-workers-");

    [Fact]
    public async Task Runs_are_executed_and_those_that_are_not_done_at_the_end_go_back_to_the_queue()
    {
        await using var server = await ServerProcess.StartAsync("--Orchestrator:Heartbeats:MinInterval=00:00:00");
        await using var workers = SampleProcess.Start(
            Sample,
            "--server", new Uri(server.Client.BaseAddress!, "api/v1").ToString(),
            "--checkpoints", _checkpoints.FullName,
            "--worker", "workers",
            "--interval", "00:00:00.2",
            "--runs", "2");
        foreach (var steps in new[] { 1_000_000, 200, 300, 1_000_000 })
        {
            await server.PostAsync("api/v1/runs", $$$"""{"experiment_id":"e1","version_id":"v1","launch_manifest":{"steps":{{{steps}}}}}""");
        }

        await workers.LineAsync(": done");
        await workers.LineAsync(": done");
        await workers.LineAsync(": checkpoint");
        while (await CountAsync(server, "running") < 2)
        {
        }

        workers.Terminate();

        Assert.Equal(0, (await workers.EndAsync()).ExitCode);
        Assert.Equal((2, 2), (await CountAsync(server, "completed"), await CountAsync(server, "queued")));
    }

    [Fact]
    public async Task Options_that_make_no_sense_are_told()
    {
        await using var workers = SampleProcess.Start(Sample, "--runs", "0");

        var (exitCode, _, errors) = await workers.EndAsync();

        Assert.Equal(1, exitCode);
        Assert.Contains("MaxConcurrentRuns is 0", errors, StringComparison.Ordinal);
    }

    public void Dispose() => _checkpoints.Delete(recursive: true);

    private static async Task<int> CountAsync(ServerProcess server, string state) =>
        (await server.GetAsync($"api/v1/runs?state={state}"))["runs"]!.AsArray().Count;
}
