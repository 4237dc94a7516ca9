using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Orchestrator.FaultProxy;
using Orchestrator.Samples.Tests.Processes;
using Orchestrator.Samples.Tests.Python;
using Orchestrator.Samples.Tests.Server;

namespace Orchestrator.Samples.Tests.Ends;

/// <summary>A worker in a process of its own, in the block of a run that only it can claim, behind a proxy.</summary>
internal sealed class EndsWorker : IAsyncDisposable
{
    /// <summary>The worker that has the run where another attempt replaced that of the first, and the step that it reports.</summary>
    public const string Successor = "successor";
    public const int StepOfSuccessor = 7;

    private const string Project = "Orchestrator.EndsWorker";
    private static readonly string Program = PythonProcess.PathOf("tests/Orchestrator.Samples.Tests/Ends/worker.py");

    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(90);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    private readonly ServerProcess _server;
    private readonly Proxy _proxy;
    private readonly EndsCase _case;
    private readonly string _label;
    private readonly string _path;

    private EndsWorker(ServerProcess server, Proxy proxy, SampleProcess process, EndsCell cell, EndsCase @case, string label, JsonNode run)
    {
        (_server, _proxy, Process, Cell, _case, _label) = (server, proxy, process, cell, @case, label);
        _path = $"api/v1/runs/{(string?)run["id"]}";
    }

    public EndsCell Cell { get; }

    public SampleProcess Process { get; }

    /// <summary>Creates a run, starts a worker for it, and waits until the worker's first checkpoint is in the run.</summary>
    public static async Task<EndsWorker> StartAsync(ServerProcess server, EndsCell cell, EndsCase @case)
    {
        var label = Guid.NewGuid().ToString("N");
        var wanted = $$$"""{"experiment_id":"ends","version_id":"v1","labels":{"cell":"{{{label}}}"}}""";
        var created = await server.PostAsync("api/v1/runs", wanted);
        var proxy = await Proxy.StartAsync(server.Client.BaseAddress);
        var process = SampleProcess.Start(Describe(cell, @case, new Uri(proxy.Address, "api/v1"), label));
        var worker = new EndsWorker(server, proxy, process, cell, @case, label, created);
        try
        {
            Assert.Equal($"ready {(string?)created["id"]} 1", await process.LineAsync("ready"));
            await worker.UntilAsync(run => (int?)run["checkpoint_version"] == 2);
            return worker;
        }
        catch
        {
            await worker.DisposeAsync();
            throw;
        }
    }

    /// <summary>Lets the training come to its end.</summary>
    public Task FinishAsync() => Process.WriteLineAsync("");

    /// <summary>Refuses every call of the worker, and waits until it was refused several heartbeats.</summary>
    public async Task RefuseAsync()
    {
        _proxy.Add(Fault.Gateway(403).On(pathPart: "/transitions"));
        var refused = _proxy.Add(Fault.Gateway(401).On(pathPart: "/heartbeat"));
        _proxy.Add(Fault.Gateway(401));
        await UntilAsync(_ => refused.Hits >= 3);
    }

    /// <summary>Begins the next attempt, in which another worker reports.</summary>
    public async Task ReplaceAsync()
    {
        await _server.PostAsync(_path + "/attempts", """{"actor":{"type":"operator","id":"ada"}}""");
        var claimed = (await ClaimAsync(Successor, isTakeover: false))!;
        var heartbeat = new JsonObject
        {
            ["run_id"] = (string?)claimed["run"]!["id"],
            ["attempt"] = 2,
            ["claim_id"] = (string?)claimed["claim_id"],
            ["beat"] = 1,
            ["status"] = "running",
            ["step"] = StepOfSuccessor,
            ["loss"] = 1,
            ["samples_per_sec"] = 1,
            ["checkpoint_version"] = 0,
        };
        await _server.PostAsync(_path + "/heartbeat", heartbeat.ToJsonString());
    }

    /// <summary>Makes the block end, and waits until the process has ended. Then the next worker claims.</summary>
    public async Task<WorkerEnd> EndAsync()
    {
        await _case.EndAsync(this);
        var (exitCode, output, errors) = await Process.EndAsync();
        var outcome = Cell.Column == EndsCell.DotNet ? _case.DotNetOutcome : _case.Outcome;
        Assert.True(OutcomeIn(output) == outcome, $"Its outcome is not '{outcome}':\n{output}\n{errors}");
        var run = await _server.GetAsync(_path);
        var transitions = (await _server.GetAsync(_path + "/transitions"))["transitions"]!.AsArray();
        var next = (await ClaimAsync(_case.IsTakeover ? $"ends-{_label}" : "next", _case.IsTakeover))?["run"];
        var state = $"`{run["state"]}`, {Name(run["end_reason"])}";
        var words = string.Create(CultureInfo.InvariantCulture, $"{state}; {Describe(next)}; exit {exitCode}");
        return new WorkerEnd(words, run, [.. transitions.Select(transition => (string?)transition!["to_state"])]);
    }

    /// <summary>Waits until the run is as described.</summary>
    public async Task UntilAsync(Func<JsonNode, bool> isSo)
    {
        var since = Stopwatch.GetTimestamp();
        while (await _server.GetAsync(_path) is var run && !isSo(run))
        {
            Assert.True(Stopwatch.GetElapsedTime(since) < Bound, $"The run stays as it is: {run}");
            await WaitAsync();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Process.DisposeAsync();
        await _proxy.DisposeAsync();
    }

    private async Task<JsonNode?> ClaimAsync(string workerId, bool isTakeover)
    {
        var claim = new JsonObject { ["worker_id"] = workerId, ["labels"] = new JsonObject { ["cell"] = _label } };
        if (isTakeover)
        {
            claim["takeover"] = true;
        }

        using var answer = await _server.Client.PostAsJsonAsync("api/v1/runs/claim", claim);
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.StatusCode is HttpStatusCode.OK or HttpStatusCode.NoContent, text);
        return answer.StatusCode == HttpStatusCode.OK ? JsonNode.Parse(text) : null;
    }

    private static string? OutcomeIn(string output) =>
        output.Split('\n').SingleOrDefault(line => line.StartsWith("outcome ", StringComparison.Ordinal))?["outcome ".Length..];

    private static string Describe(JsonNode? next)
    {
        if (next is null)
        {
            return "nothing";
        }

        var point = next["resume_point"]!;
        Assert.Equal((1, $"file:///checkpoints/{point["version"]}"), ((int?)point["attempt"], (string?)point["uri"]));
        return $"attempt {next["attempt"]}, resumes at version {point["version"]}";
    }

    private static string Name(JsonNode? reason) => reason is null ? "—" : $"`{reason}`";

    private static ProcessStartInfo Describe(EndsCell cell, EndsCase @case, Uri api, string label)
    {
        var start = cell.Column == EndsCell.DotNet
            ? SampleProcess.Describe(Project, Project, api.ToString(), @case.DotNet, label)
            : PythonProcess.Describe([Program, api.ToString(), @case.Python, label], ("PYTHONPATH", PythonProcess.Folder));
        if (@case.IsGroup)
        {
            // It becomes the leader of a process group, and keeps its id.
            start.ArgumentList.Insert(0, start.FileName);
            start.FileName = "setsid";
        }

        return start;
    }

    private static Task WaitAsync() => Task.Delay(Pause, TimeProvider.System, CancellationToken.None);
}
