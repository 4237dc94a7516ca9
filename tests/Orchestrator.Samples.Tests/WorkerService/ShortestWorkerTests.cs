using Orchestrator.Samples.Tests.Processes;
using Orchestrator.Samples.Tests.Server;

namespace Orchestrator.Samples.Tests.WorkerService;

/// <summary>The worker of the README beside the server sample.</summary>
public sealed class ShortestWorkerTests
{
    [Fact]
    public async Task It_completes_runs_until_it_is_stopped()
    {
        await using var server = await ServerProcess.StartAsync();
        await using var worker = SampleProcess.Start("Orchestrator.Samples.Worker", "--server", new Uri(server.Client.BaseAddress!, "api/v1").ToString());
        foreach (var run in new[] { "r1", "r2" })
        {
            await server.PostAsync("api/v1/runs", $$"""{"id":"{{run}}","experiment_id":"e1","version_id":"v1"}""");
        }

        foreach (var run in new[] { "r1", "r2" })
        {
            while ((string?)(await server.GetAsync($"api/v1/runs/{run}"))["state"] is not ("completed" or "failed" or "errored"))
            {
            }
        }

        worker.Terminate();

        Assert.Equal(0, (await worker.EndAsync()).ExitCode);
        foreach (var run in new[] { "r1", "r2" })
        {
            var ended = await server.GetAsync($"api/v1/runs/{run}");
            Assert.Equal(("completed", 1_000, 0.001), ((string?)ended["state"], (int?)ended["current_step"], (double?)ended["loss"]));
        }
    }
}
