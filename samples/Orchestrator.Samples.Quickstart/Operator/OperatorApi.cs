using System.Net.Http.Json;
using System.Text.Json.Nodes;

namespace Orchestrator.Samples.Quickstart.Operator;

/// <summary>The control plane refused what it should have taken, or a run did not do what it should have done.</summary>
public sealed class UnexpectedException(string message) : Exception(message);

/// <summary>The calls of a person, or a tool, that watches runs and controls them.</summary>
/// <param name="http">A client whose base address is that of the API, ending in a slash.</param>
public sealed class OperatorApi(HttpClient http)
{
    private static readonly JsonObject Actor = new() { ["type"] = "operator", ["id"] = "quickstart-operator" };

    /// <summary>Creates a run; a worker that claims it reads the manifest.</summary>
    public Task<JsonNode> CreateRunAsync(string experiment, string version, JsonObject manifest, JsonObject labels, CancellationToken cancellationToken) =>
        PostAsync("runs", new JsonObject
        {
            ["experiment_id"] = experiment,
            ["version_id"] = version,
            ["created_by"] = (string)Actor["id"]!,
            ["launch_manifest"] = manifest,
            ["labels"] = labels,
        }, cancellationToken);

    /// <summary>Gives a command to a run.</summary>
    public Task<JsonNode> SendCommandAsync(string runId, string type, JsonObject? payload, CancellationToken cancellationToken) =>
        PostAsync($"runs/{runId}/commands", new JsonObject
        {
            ["type"] = type,
            ["actor"] = Actor.DeepClone(),
            ["payload"] = payload,
        }, cancellationToken);

    /// <summary>Reads a run.</summary>
    public Task<JsonNode> GetRunAsync(string runId, CancellationToken cancellationToken) => GetAsync($"runs/{runId}", cancellationToken);

    /// <summary>Reads a command of a run.</summary>
    public Task<JsonNode> GetCommandAsync(string runId, string commandId, CancellationToken cancellationToken) =>
        GetAsync($"runs/{runId}/commands/{commandId}", cancellationToken);

    /// <summary>Reads every command of a run, in their order.</summary>
    public async Task<JsonArray> ListCommandsAsync(string runId, CancellationToken cancellationToken) =>
        (await GetAsync($"runs/{runId}/commands", cancellationToken))["commands"]!.AsArray();

    /// <summary>Reads every transition of a run, oldest first.</summary>
    public async Task<JsonArray> ListTransitionsAsync(string runId, CancellationToken cancellationToken) =>
        (await GetAsync($"runs/{runId}/transitions", cancellationToken))["transitions"]!.AsArray();

    /// <summary>Has the audit chain of a run recomputed.</summary>
    public Task<JsonNode> VerifyAuditAsync(string runId, CancellationToken cancellationToken) => GetAsync($"runs/{runId}/audit/verify", cancellationToken);

    private async Task<JsonNode> GetAsync(string path, CancellationToken cancellationToken)
    {
        using var response = await http.GetAsync(path, cancellationToken);
        return await ReadAsync(response, cancellationToken);
    }

    private async Task<JsonNode> PostAsync(string path, JsonObject body, CancellationToken cancellationToken)
    {
        using var response = await http.PostAsJsonAsync(path, body, cancellationToken);
        return await ReadAsync(response, cancellationToken);
    }

    private static async Task<JsonNode> ReadAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        var text = await response.Content.ReadAsStringAsync(cancellationToken);
        return response.IsSuccessStatusCode
            ? JsonNode.Parse(text)!
            : throw new UnexpectedException(
                $"{response.RequestMessage!.Method} {response.RequestMessage.RequestUri!.AbsolutePath} was answered {(int)response.StatusCode}: {text}");
    }
}
