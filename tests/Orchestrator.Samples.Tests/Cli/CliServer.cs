using System.Text.Json.Nodes;
using Orchestrator.Samples.Tests.Processes;
using Orchestrator.Samples.Tests.Server;

namespace Orchestrator.Samples.Tests.Cli;

/// <summary>A server, an operator who calls it from the command line, and the worker of its runs.</summary>
public sealed class CliServer : IAsyncLifetime
{
    private ServerProcess _server = null!;

    internal Uri Address => Client.BaseAddress!;

    internal HttpClient Client => _server.Client;

    public async ValueTask InitializeAsync() => _server = await ServerProcess.StartAsync(
        "--Orchestrator:Heartbeats:MinInterval=00:00:00", "--Orchestrator:Health:SweepInterval=00:00:00.1");

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    internal SampleProcess Start(params string[] args) => CliProcess.Start(args, Environment());

    internal Task<(int ExitCode, string Output, string Errors)> RunAsync(params string[] args) => CliProcess.RunAsync(args, Environment());

    /// <summary>Runs it, and expects that it did what it was told to.</summary>
    internal async Task<string> DoneAsync(params string[] args)
    {
        var (exitCode, output, errors) = await RunAsync(args);
        Assert.True(exitCode == 0 && errors.Length == 0, $"{exitCode}: {output}\n{errors}");
        return output;
    }

    internal Task<JsonNode> GetAsync(string path) => _server.GetAsync("api/v1/" + path);

    internal Task<JsonNode> PostAsync(string path, string body) => _server.PostAsync("api/v1/" + path, body);

    /// <summary>Creates a run that is running.</summary>
    internal async Task BeginAsync(string run, string more = "")
    {
        await PostAsync("runs", $$"""{"id":"{{run}}","experiment_id":"e1","version_id":"v1"{{more}}}""");
        await BeatAsync(run, 1);
    }

    internal Task<JsonNode> BeatAsync(string run, int step, string loss = "0.5") => PostAsync($"runs/{run}/heartbeat", Heartbeat(run, step, loss));

    internal static string Heartbeat(string run, int step, string loss = "0.5") =>
        $$"""{"run_id":"{{run}}","status":"running","step":{{step}},"samples_per_sec":100,"loss":{{loss}},"checkpoint_version":0}""";

    internal Task<JsonNode> MoveAsync(string run, string state) =>
        PostAsync($"runs/{run}/transitions", $$$"""{"to_state":"{{{state}}}","actor":{"type":"system","id":"w"}}""");

    /// <summary>Takes the next command as the worker, and answers it.</summary>
    internal async Task<JsonNode> AnswerAsync(string run, string answer = """{"outcome":"applied","step":12}""")
    {
        var command = await GetAsync($"runs/{run}/commands/next?wait=60");
        return await PostAsync($"runs/{run}/commands/{command["id"]}/ack", answer);
    }

    /// <summary>Waits until a run has so many commands.</summary>
    internal async Task<JsonArray> CommandsAsync(string run, int count)
    {
        while (true)
        {
            var commands = (await GetAsync($"runs/{run}/commands"))["commands"]!.AsArray();
            if (commands.Count >= count)
            {
                return commands;
            }
        }
    }

    private (string Name, string Value)[] Environment() => [("ORCHESTRATOR_URL", Address.ToString()), ("ORCHESTRATOR_ACTOR", "ada")];
}

[CollectionDefinition(Name)]
public sealed class CliTests : ICollectionFixture<CliServer>
{
    public const string Name = "command line";
}
