using System.Diagnostics;
using System.Text.Json.Nodes;
using Orchestrator.FaultProxy;
using Orchestrator.Samples.Tests.Processes;
using Orchestrator.Samples.Tests.Python;
using Orchestrator.Samples.Tests.Server;

namespace Orchestrator.Samples.Tests.Gateways;

/// <summary>A worker in a process of its own, for a run that only it can claim, behind a proxy that misbehaves.</summary>
internal sealed class GatewayWorker : IAsyncDisposable
{
    private const string Project = "Orchestrator.EndsWorker";
    private const string Raised = "claim raised";

    private static readonly string Program = PythonProcess.PathOf("tests/Orchestrator.Samples.Tests/Gateways/worker.py");
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(90);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    private readonly ServerProcess _server;
    private readonly Proxy _proxy;
    private readonly GatewayBehaviour _behaviour;
    private readonly string _label = Guid.NewGuid().ToString("N");
    private string _path = "";
    private SampleProcess? _process;
    private int _commands;

    private GatewayWorker(ServerProcess server, Proxy proxy, GatewayBehaviour behaviour) => (_server, _proxy, _behaviour) = (server, proxy, behaviour);

    /// <summary>Creates the run of a worker that is not started yet.</summary>
    public static async Task<GatewayWorker> CreateAsync(ServerProcess server, GatewayBehaviour behaviour)
    {
        var worker = new GatewayWorker(server, await Proxy.StartAsync(server.Client.BaseAddress), behaviour);
        worker._proxy.Add(Fault.Gateway(200).On("GET", "/login"));
        var wanted = $$$"""{"experiment_id":"gateways","version_id":"v1","labels":{"cell":"{{{worker._label}}}"}}""";
        worker._path = $"api/v1/runs/{(string?)(await server.PostAsync("api/v1/runs", wanted))["id"]}";
        return worker;
    }

    /// <summary>From now on the calls of a moment meet the behaviour.</summary>
    public Fault Misbehave(string moment, int times)
    {
        var (method, pathPart) = Moments.CallsOf(moment);
        return _proxy.Add(_behaviour.Fault().On(method, pathPart, times));
    }

    /// <summary>Starts the worker, and waits until it trains.</summary>
    /// <param name="client">The client that it uses.</param>
    /// <param name="secondsForTheEnd">For how long it reports its end.</param>
    /// <returns>Whether a claim raised before.</returns>
    public async Task<bool> TrainAsync(string client, string secondsForTheEnd)
    {
        var api = new Uri(_proxy.Address, "api/v1").ToString();
        _process = SampleProcess.Start(client == GatewayCell.DotNet
            ? SampleProcess.Describe(Project, Project, api, _behaviour.Mode, _label, _behaviour.ClaimWait, secondsForTheEnd)
            : PythonProcess.Describe([Program, api, _label, _behaviour.ClaimWait, secondsForTheEnd], ("PYTHONPATH", PythonProcess.Folder)));
        var hasRaised = false;
        while (true)
        {
            var line = await _process.LineAsync("");
            if (line.StartsWith("ready", StringComparison.Ordinal))
            {
                return hasRaised;
            }

            Assert.Equal(Raised, line);
            hasRaised = true;
            await _process.WriteLineAsync("");
        }
    }

    /// <summary>Gives a command.</summary>
    /// <returns>Its path.</returns>
    public async Task<string> TuneAsync()
    {
        var command = $$$"""{"type":"tune","payload":{"learning_rate":0.0{{{++_commands}}}},"actor":{"type":"operator","id":"ada"}}""";
        return $"{_path}/commands/{(string?)(await _server.PostAsync(_path + "/commands", command))["id"]}";
    }

    public Task UntilAppliedAsync(string command) => UntilAsync(async () => (string?)(await _server.GetAsync(command))["status"] == "applied");

    /// <summary>Waits until the run has got further.</summary>
    public async Task UntilFurtherAsync()
    {
        var step = (long)(await _server.GetAsync(_path))["current_step"]!;
        await UntilAsync(async () => (long)(await _server.GetAsync(_path))["current_step"]! > step);
    }

    public static Task UntilMetAsync(Fault fault, int times) => UntilAsync(() => Task.FromResult(fault.Hits >= times));

    /// <summary>Lets the training come to its end, and waits until the process has ended.</summary>
    public async Task<(string Outcome, int Tunes, JsonNode Run, int ExitCode)> FinishAsync()
    {
        await _process!.WriteLineAsync("");
        var (exitCode, output, errors) = await _process.EndAsync();
        var lines = output.Split('\n');
        Assert.True(lines[^1].StartsWith("outcome ", StringComparison.Ordinal), $"It ended without an outcome:\n{output}\n{errors}");
        return (lines[^1]["outcome ".Length..].ToLowerInvariant(), int.Parse(lines[^2]["tunes ".Length..], null), await _server.GetAsync(_path), exitCode);
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is not null)
        {
            await _process.DisposeAsync();
        }

        await _proxy.DisposeAsync();
    }

    private static async Task UntilAsync(Func<Task<bool>> isSo)
    {
        var since = Stopwatch.GetTimestamp();
        while (!await isSo())
        {
            Assert.True(Stopwatch.GetElapsedTime(since) < Bound, "It does not come about.");
            await Task.Delay(Pause, TimeProvider.System, CancellationToken.None);
        }
    }
}
