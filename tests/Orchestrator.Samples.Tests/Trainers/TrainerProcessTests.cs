using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Orchestrator.FaultProxy;
using Orchestrator.Samples.Quickstart.Training;
using Orchestrator.Samples.Tests.Processes;
using Orchestrator.Samples.Tests.Server;

namespace Orchestrator.Samples.Tests.Trainers;

/// <summary>The trainer sample beside the server sample: processes, as their users run them.</summary>
public sealed class TrainerProcessTests : IDisposable
{
    private const string Sample = "Orchestrator.Samples.Trainer";

    private readonly DirectoryInfo _checkpoints = Directory.CreateTempSubdirectory("orchestrator-trainer-");

    [Fact]
    public async Task A_trainer_that_was_killed_is_followed_by_another_from_its_checkpoint_and_can_change_nothing_any_more()
    {
        await using var server = await StartServerAsync();
        await server.PostAsync("api/v1/runs", """{"id":"iris","experiment_id":"e1","version_id":"v1","launch_manifest":{"steps":600}}""");
        await using (var killed = StartTrainer(server, "first"))
        {
            await killed.LineAsync("iris: attempt 1 begins");
            await killed.LineAsync("iris: checkpoint 2 at step 200");
            killed.Kill();
            await killed.EndAsync();
        }

        var saved = Checkpoint.Load(Path.Combine(_checkpoints.FullName, "iris.checkpoint.json"));
        var begun = await server.PostAsync("api/v1/runs/iris/attempts", new JsonObject
        {
            ["actor"] = new JsonObject { ["type"] = "operator", ["id"] = "me" },
            ["expected_attempt"] = 1,
            ["resume_from"] = new JsonObject { ["step"] = saved.Step, ["checkpoint_version"] = saved.Version },
        }.ToJsonString());
        Assert.Equal(("queued", 2, saved.Step), ((string?)begun["state"], (int?)begun["attempt"], (long?)begun["current_step"]));

        await using var trainer = StartTrainer(server, "second");
        await trainer.LineAsync($"iris: attempt 2 goes on from checkpoint {saved.Version}, step {saved.Step}");
        await AssertFencedAsync(server, saved);
        await trainer.LineAsync("iris: done");
        Assert.Equal((2, 600), await UntilAsync(server, "completed"));

        trainer.Terminate();
        Assert.Equal(0, (await trainer.EndAsync()).ExitCode);
    }

    [Fact]
    public async Task A_trainer_that_is_asked_to_end_saves_a_checkpoint_and_hands_its_run_back()
    {
        await using var server = await StartServerAsync();
        await server.PostAsync("api/v1/runs", """{"id":"iris","experiment_id":"e1","version_id":"v1","launch_manifest":{"steps":1000000}}""");
        await using var trainer = StartTrainer(server, "first");
        await trainer.LineAsync("iris: checkpoint 1 at step 100");

        trainer.Terminate();

        Assert.Equal(0, (await trainer.EndAsync()).ExitCode);
        var saved = Checkpoint.Load(Path.Combine(_checkpoints.FullName, "iris.checkpoint.json"));
        var run = await server.GetAsync("api/v1/runs/iris");
        Assert.Equal(("queued", 2), ((string?)run["state"], (int?)run["attempt"]));
        Assert.Equal((1, saved.Version), ((int?)run["resume_point"]!["attempt"], (long?)run["resume_point"]!["version"]));
    }

    [Fact]
    public async Task A_trainer_whose_end_is_not_accepted_ends_with_exit_code_4()
    {
        await using var server = await StartServerAsync();
        await using var proxy = await Proxy.StartAsync(server.Client.BaseAddress);
        proxy.Add(Fault.Gateway(503, TimeSpan.FromHours(1)).On("POST", "/transitions"));
        await server.PostAsync("api/v1/runs", """{"id":"iris","experiment_id":"e1","version_id":"v1","launch_manifest":{"steps":10}}""");
        await using var trainer = StartTrainer(proxy.Address, "first", "--goodbye", "00:00:00.5");

        var (exitCode, _, errors) = await trainer.EndAsync();

        Assert.Equal((4, "iris: the end could not be delivered; the run keeps its state"), (exitCode, errors.TrimEnd()));
        Assert.Equal("running", (string?)(await server.GetAsync("api/v1/runs/iris"))["state"]);
    }

    [Fact]
    public async Task A_setting_that_makes_no_sense_is_told()
    {
        await using var trainer = SampleProcess.Start(Sample, "--pace", "soon");

        var (exitCode, _, errors) = await trainer.EndAsync();

        Assert.Equal(1, exitCode);
        Assert.Contains("pace is 'soon'", errors, StringComparison.Ordinal);
    }

    public void Dispose() => _checkpoints.Delete(recursive: true);

    private static Task<ServerProcess> StartServerAsync() => ServerProcess.StartAsync("--Orchestrator:Heartbeats:MinInterval=00:00:00");

    private SampleProcess StartTrainer(ServerProcess server, string worker) => StartTrainer(server.Client.BaseAddress!, worker);

    private SampleProcess StartTrainer(Uri server, string worker, params string[] more) => SampleProcess.Start(
        Sample,
        [
            "--server", new Uri(server, "api/v1").ToString(),
            "--checkpoints", _checkpoints.FullName,
            "--worker", worker,
            "--interval", "00:00:00.2",
            .. more,
        ]);

    /// <summary>The killed process comes back from the dead.</summary>
    private static async Task AssertFencedAsync(ServerProcess server, Checkpoint saved)
    {
        using var answer = await server.Client.PostAsJsonAsync("api/v1/runs/iris/heartbeat", new JsonObject
        {
            ["run_id"] = "iris",
            ["attempt"] = 1,
            ["status"] = "running",
            ["step"] = saved.Step + 100_000,
            ["samples_per_sec"] = 1,
            ["loss"] = 1,
            ["checkpoint_version"] = saved.Version,
        });
        Assert.Equal(HttpStatusCode.Conflict, answer.StatusCode);
        Assert.Equal("stale_attempt", (string?)JsonNode.Parse(await answer.Content.ReadAsStringAsync())!["error"]!["code"]);
    }

    private static async Task<(int Attempt, long Step)> UntilAsync(ServerProcess server, string state)
    {
        while (true)
        {
            var run = await server.GetAsync("api/v1/runs/iris");
            if ((string?)run["state"] == state)
            {
                return ((int)run["attempt"]!, (long)run["current_step"]!);
            }
        }
    }
}
