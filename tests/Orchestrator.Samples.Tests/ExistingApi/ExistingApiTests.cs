using Orchestrator.Samples.Tests.Processes;
using Orchestrator.Samples.Tests.Python;

namespace Orchestrator.Samples.Tests.ExistingApi;

public sealed class ExistingApiTests
{
    private const string Heartbeat = """{"run_id":"r1","attempt":1,"status":"running","step":1,"samples_per_sec":1,"loss":1,"checkpoint_version":0}""";
    private const string Pause = """{"id":"hold","type":"pause","actor":{"type":"operator","id":"mallory"}}""";

    /// <summary>Each call, and how it is answered without a key, with a key that nobody holds, and to an operator, a worker and a viewer.</summary>
    private static readonly (string Method, string Path, string? Body, string Answers)[] Calls =
    [
        ("GET", "models", null, "401 401 200 200 200"),
        ("PUT", "models/iris", """{"description":"flowers"}""", "401 401 200 403 403"),
        ("POST", "models/none/trainings", """{"steps":1}""", "401 401 404 403 403"),
        ("GET", "training/runs", null, "401 401 200 200 200"),
        ("POST", "training/runs", """{"id":"r2","experiment_id":"iris","version_id":"v1"}""", "401 401 201 403 403"),
        ("POST", "training/runs/none/commands", Pause, "401 401 404 403 403"),
        ("POST", "training/runs/claim", """{"worker_id":"w","labels":{"team":"none"}}""", "401 401 403 204 403"),
        ("POST", "training/runs/r1/heartbeat", Heartbeat, "401 401 403 404 403"),
        ("PATCH", "training/runs", null, "401 401 405 405 405"),
        ("GET", "openapi/v1.json", null, "200 200 200 200 200"),
    ];

    [Fact]
    public async Task Each_caller_may_do_what_its_role_says()
    {
        await using var api = await ExistingApiProcess.StartAsync();
        var answered = new List<string>();
        foreach (var (method, path, body, _) in Calls)
        {
            var answers = new List<int>();
            foreach (var caller in new[] { null, "mallory", "ada", "gpu-1", "vera" })
            {
                using var response = await api.SendAsync(caller, method, path, body);
                answers.Add((int)response.StatusCode);
                Assert.Equal(answers[^1] >= 400, response.Content.Headers.ContentType?.MediaType == "application/problem+json");
                Assert.Equal(answers[^1] == 401 ? "Bearer" : "", response.Headers.WwwAuthenticate.ToString());
            }

            answered.Add($"{method} {path}: {string.Join(' ', answers)}");
        }

        Assert.Equal(Calls.Select(call => $"{call.Method} {call.Path}: {call.Answers}"), answered);
    }

    [Fact]
    public async Task A_training_that_its_own_endpoint_queued_is_worked_on_and_who_did_what_is_known_by_key()
    {
        await using var api = await ExistingApiProcess.StartAsync();
        await api.CallAsync("ada", "PUT", "models/iris", """{"description":"flowers"}""");
        Assert.Equal("flowers", (string?)(await api.CallAsync("vera", "GET", "models/iris"))["description"]);

        var run = (string)(await api.CallAsync("ada", "POST", "models/iris/trainings", """{"steps":100}"""))["runId"]!;
        var claimed = (await api.CallAsync("gpu-1", "POST", "training/runs/claim", """{"worker_id":"w1","labels":{"model":"iris"}}"""))["run"]!;
        Assert.Equal((run, 100, "ada"), ((string?)claimed["id"], (int?)claimed["launch_manifest"]!["steps"], (string?)claimed["created_by"]));
        await api.CallAsync("gpu-1", "POST", $"training/runs/{run}/heartbeat", Heartbeat.Replace("r1", run, StringComparison.Ordinal));

        // Whom the bodies name is recorded beside who called.
        await api.CallAsync("ada", "POST", $"training/runs/{run}/commands", Pause);
        await api.CallAsync("gpu-1", "POST", $"training/runs/{run}/commands/hold/ack", """{"outcome":"applied","attempt":1}""");

        var entries = (await api.CallAsync("vera", "GET", $"training/runs/{run}/audit"))["entries"]!.AsArray();
        Assert.Equal(
            [("ada", "run.create", null), ("gpu-1", "run.claim", "w1"), ("ada", "command.pause", "mallory"), ("gpu-1", "command.ack", null)],
            entries.Select(entry => ((string?)entry!["actor_id"], (string?)entry["action"], (string?)entry["on_behalf_of"])));
        Assert.True((bool?)(await api.CallAsync("vera", "GET", $"training/runs/{run}/audit/verify"))["valid"]);
    }

    [Fact]
    public async Task One_OpenAPI_document_has_both_and_says_how_to_authenticate()
    {
        await using var api = await ExistingApiProcess.StartAsync();

        var document = await api.CallAsync(null, "GET", "openapi/v1.json");

        var paths = document["paths"]!.AsObject().Select(path => path.Key).ToList();
        Assert.Contains("/models/{name}/trainings", paths);
        Assert.Contains("/training/runs/{id}/heartbeat", paths);
        Assert.Equal("bearer", (string?)document["components"]!["securitySchemes"]!["ApiKey"]!["scheme"]);
        Assert.NotNull(Assert.Single(document["security"]!.AsArray())!["ApiKey"]);
    }

    [Fact]
    public async Task A_worker_with_a_key_trains_and_hands_back_what_it_may_not_begin_anew()
    {
        await using var api = await ExistingApiProcess.StartAsync();
        await api.CallAsync("ada", "POST", "training/runs", """{"id":"r1","experiment_id":"line","version_id":"v1"}""");
        var folder = Directory.CreateTempSubdirectory("orchestrator-python-");
        try
        {
            await using var worker = PythonProcess.Start(
                [
                    Path.Combine(PythonProcess.Folder, "train.py"), "--url", new Uri(api.Address, "training").ToString(),
                    "--checkpoints", folder.FullName, .. ControlledTraining.Endless,
                ],
                ("ORCHESTRATOR_TOKEN", api.KeyOf("gpu-1")));
            await worker.LineAsync("begins at step 0");

            worker.Terminate();

            Assert.Equal(75, (await worker.EndAsync()).ExitCode);
            var run = await api.CallAsync("vera", "GET", "training/runs/r1");
            Assert.Equal(("queued", 2), ((string?)run["state"], (int?)run["attempt"]));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Theory]
    [InlineData("--ApiKeys:ada:Role=king", "ApiKeys:ada:Role must be worker, operator or viewer.")]
    [InlineData("--ApiKeys:ada:Sha256=secret", "ApiKeys:ada:Sha256 must be 64 hexadecimal digits.")]
    public async Task A_key_that_could_never_work_ends_the_start_and_is_not_told(string argument, string message)
    {
        await using var api = SampleProcess.Start(ExistingApiProcess.Sample, "--urls", "http://127.0.0.1:0", argument);

        var (exitCode, _, errors) = await api.EndAsync();

        Assert.Equal(1, exitCode);
        Assert.Contains(message, errors, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", errors, StringComparison.Ordinal);
    }
}
