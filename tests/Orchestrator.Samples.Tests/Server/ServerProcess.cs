using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Orchestrator.Samples.Tests.Processes;

namespace Orchestrator.Samples.Tests.Server;

/// <summary>The server sample, or another that serves, on a free port, and a client of it.</summary>
internal sealed class ServerProcess : IAsyncDisposable
{
    public const string Sample = "Orchestrator.Samples.Server";
    private const string Listening = "Now listening on: ";

    private ServerProcess(SampleProcess process, HttpClient client) => (Process, Client) = (process, client);

    public SampleProcess Process { get; }

    public HttpClient Client { get; }

    public static Task<ServerProcess> StartAsync(params string[] args) => StartSampleAsync(Sample, args);

    /// <summary>Starts a sample that serves, whichever it is.</summary>
    public static async Task<ServerProcess> StartSampleAsync(string sample, params string[] args)
    {
        var process = SampleProcess.Start(sample, ["--urls", "http://127.0.0.1:0", .. args]);
        try
        {
            var line = await process.LineAsync(Listening);
            var address = line[(line.IndexOf(Listening, StringComparison.Ordinal) + Listening.Length)..];
            return new ServerProcess(process, new HttpClient { BaseAddress = new Uri(address) });
        }
        catch
        {
            await process.DisposeAsync();
            throw;
        }
    }

    public Task<JsonNode> GetAsync(string path) => ReadAsync(Client.GetAsync(path));

    public Task<JsonNode> PostAsync(string path, string body) => ReadAsync(Client.PostAsJsonAsync(path, JsonNode.Parse(body)));

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await Process.DisposeAsync();
    }

    private static async Task<JsonNode> ReadAsync(Task<HttpResponseMessage> call)
    {
        using var response = await call;
        var text = await response.Content.ReadAsStringAsync();
        Assert.True(response.IsSuccessStatusCode, $"{(int)response.StatusCode} {text}");
        return JsonNode.Parse(text)!;
    }
}
