using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Orchestrator.Samples.Tests.Server;

namespace Orchestrator.Samples.Tests.ExistingApi;

/// <summary>The sample of an existing API, with a key for each of three callers.</summary>
internal sealed class ExistingApiProcess : IAsyncDisposable
{
    public const string Sample = "Orchestrator.Samples.ExistingApi";

    private readonly ServerProcess _server;
    private readonly Dictionary<string, string> _keys;

    private ExistingApiProcess(ServerProcess server, Dictionary<string, string> keys) => (_server, _keys) = (server, keys);

    public Uri Address => _server.Client.BaseAddress!;

    public static async Task<ExistingApiProcess> StartAsync()
    {
        var keys = new[] { "ada", "gpu-1", "vera" }.ToDictionary(name => name, _ => RandomNumberGenerator.GetHexString(64));
        return new ExistingApiProcess(
            await ServerProcess.StartSampleAsync(Sample, [.. Key("ada", "operator", keys), .. Key("gpu-1", "worker", keys), .. Key("vera", "viewer", keys)]), keys);
    }

    /// <summary>The key of a caller; of one who has none, a key that nobody holds.</summary>
    public string KeyOf(string caller) => _keys.GetValueOrDefault(caller, "a key that nobody holds");

    /// <summary>Makes a call, of a caller or, for null, without a key.</summary>
    public async Task<HttpResponseMessage> SendAsync(string? caller, string method, string path, string? body = null)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path) { Content = body is null ? null : JsonContent.Create(JsonNode.Parse(body)) };
        request.Headers.Authorization = caller is null ? null : new AuthenticationHeaderValue("Bearer", KeyOf(caller));
        return await _server.Client.SendAsync(request);
    }

    /// <summary>Makes a call that must succeed.</summary>
    public async Task<JsonNode> CallAsync(string? caller, string method, string path, string? body = null)
    {
        using var response = await SendAsync(caller, method, path, body);
        var text = await response.Content.ReadAsStringAsync();
        Assert.True(response.IsSuccessStatusCode, $"{(int)response.StatusCode} {text}");
        return JsonNode.Parse(text)!;
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    private static string[] Key(string name, string role, Dictionary<string, string> keys) =>
        [$"--ApiKeys:{name}:Role={role}", $"--ApiKeys:{name}:Sha256={Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(keys[name])))}"];
}
