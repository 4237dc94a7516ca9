using System.Globalization;
using System.Text.Json.Nodes;
using Orchestrator.Samples.Quickstart.Watcher;
using Orchestrator.Samples.Tests.Processes;
using Orchestrator.Samples.Tests.Server;

namespace Orchestrator.Samples.Tests.Python;

/// <summary>The server sample, and trainings in Python that work on its run <c>r1</c>, with their checkpoints in one folder.</summary>
internal sealed class ControlledTraining : IAsyncDisposable
{
    /// <summary>A training that goes on until something ends it.</summary>
    public static readonly string[] Endless = ["--steps", "1000000000", "--pace", "0.001"];

    private static readonly string[] Options =
        ["--Orchestrator:Heartbeats:MinInterval=00:00:00", "--Orchestrator:Commands:RedeliveryTimeout=00:00:01"];

    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(60);

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("orchestrator-python-");
    private readonly List<SampleProcess> _workers = [];

    private ControlledTraining(ServerProcess server) => Server = server;

    public ServerProcess Server { get; private set; }

    public string CheckpointPath => Path.Combine(_folder.FullName, "r1.checkpoint.json");

    public static async Task<ControlledTraining> StartAsync()
    {
        var training = new ControlledTraining(await ServerProcess.StartAsync(Options));
        await training.CreateRunAsync();
        return training;
    }

    public Task<JsonNode> CreateRunAsync(string id = "r1") =>
        Server.PostAsync("api/v1/runs", $$"""{"id":"{{id}}","experiment_id":"line","version_id":"v1"}""");

    /// <summary>Starts a program that may claim the run.</summary>
    public SampleProcess Start(string program)
    {
        var worker = PythonProcess.Start(new Uri(Server.Client.BaseAddress!, "api/v1"), program);
        _workers.Add(worker);
        return worker;
    }

    public SampleProcess Train(params string[] args)
    {
        var worker = PythonProcess.Train(Server.Client.BaseAddress!, ["--checkpoints", _folder.FullName, .. args]);
        _workers.Add(worker);
        return worker;
    }

    public async Task<JsonNode> CheckpointAsync() => JsonNode.Parse(await File.ReadAllTextAsync(CheckpointPath))!;

    public Task<JsonNode> RunAsync() => Server.GetAsync("api/v1/runs/r1");

    public Task<JsonNode> CommandAsync(string id, string type, string payload = "null") => Server.PostAsync(
        "api/v1/runs/r1/commands", $$"""{"id":"{{id}}","type":"{{type}}","actor":{"type":"operator","id":"ada"},"payload":{{payload}}}""");

    public async Task<string[]> PathAsync() =>
        [.. (await Server.GetAsync("api/v1/runs/r1/transitions"))["transitions"]!.AsArray().Select(transition => (string)transition!["to_state"]!)];

    public async Task<string[]> CommandStatusesAsync() =>
        [.. (await Server.GetAsync("api/v1/runs/r1/commands"))["commands"]!.AsArray().Select(command => $"{command!["id"]} {command["status"]}")];

    public Task<JsonNode> UntilStateAsync(string state) => UntilAsync(run => (string?)run["state"] == state, state);

    /// <summary>Waits until the training is that many steps further.</summary>
    public async Task<JsonNode> UntilFurtherAsync(long steps = 50)
    {
        var now = (long)(await RunAsync())["current_step"]!;
        return await UntilAsync(run => (long)run["current_step"]! >= now + steps, string.Create(CultureInfo.InvariantCulture, $"step {now + steps}"));
    }

    /// <summary>Waits, woken by the events of the run, until it is as wanted.</summary>
    public async Task<JsonNode> UntilAsync(Func<JsonNode, bool> isWanted, string wanted)
    {
        using var bound = new CancellationTokenSource(Bound);
        using var http = new HttpClient { BaseAddress = new Uri(Server.Client.BaseAddress!, "api/v1/") };
        try
        {
            await foreach (var _ in new EventFollower(http, "runs/r1/events", TimeSpan.FromMilliseconds(100)).FollowAsync(bound.Token))
            {
                var run = await RunAsync();
                if (isWanted(run))
                {
                    return run;
                }
            }
        }
        catch (OperationCanceledException)
        {
            Assert.Fail($"The run did not come to '{wanted}' in time:\n{await RunAsync()}\n{string.Join('\n', _workers.Select(worker => worker.Output))}");
        }

        throw new InvalidOperationException("The events ended.");
    }

    /// <summary>Kills the server, and with it all that it remembered. Nobody listens until <see cref="StartServerAsync"/>.</summary>
    public async Task KillServerAsync()
    {
        Server.Process.Kill();
        await Server.Process.EndAsync();
    }

    /// <summary>Starts a new server in the place of the old one.</summary>
    public async Task StartServerAsync()
    {
        var address = Server.Client.BaseAddress!.GetLeftPart(UriPartial.Authority);
        await Server.DisposeAsync();
        Server = await ServerProcess.StartAsync(["--urls", address, .. Options]);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var worker in _workers)
        {
            await worker.DisposeAsync();
        }

        await Server.DisposeAsync();
        _folder.Delete(recursive: true);
    }
}
