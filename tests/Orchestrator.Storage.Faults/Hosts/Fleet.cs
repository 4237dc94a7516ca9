using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using Orchestrator.Samples.Tests.Server;

namespace Orchestrator.Storage.Faults.Hosts;

/// <summary>Hosts that share a store: processes of the server sample, each of which can be killed and started anew.</summary>
public sealed class Fleet : IAsyncDisposable
{
    private static readonly TimeSpan RetryInterval = TimeSpan.FromMilliseconds(50);

    private readonly string[] _args;
    private readonly ServerProcess?[] _hosts;
    private int _turn;
    private int _refused;

    private Fleet(int hosts, string[] args) => (_hosts, _args) = (new ServerProcess?[hosts], args);

    public int Count => _hosts.Length;

    /// <summary>How many calls were answered 503.</summary>
    public int Refused => Volatile.Read(ref _refused);

    /// <param name="hosts">How many.</param>
    /// <param name="options">Options of theirs, such as <c>Orchestrator:Heartbeats:MinInterval=00:00:00</c>.</param>
    public static async Task<Fleet> StartAsync(int hosts, IEnumerable<string> options)
    {
        var fleet = new Fleet(hosts,
        [
            "--Logging:LogLevel:Default=Critical",
            "--Logging:LogLevel:Microsoft.Hosting.Lifetime=Information",
            .. options.Select(option => "--" + option),
        ]);
        await Task.WhenAll(Enumerable.Range(0, hosts).Select(fleet.StartAsync));
        return fleet;
    }

    public async Task StartAsync(int host) => _hosts[host] = await ServerProcess.StartAsync(_args);

    public async Task KillAsync(int host)
    {
        var killed = Interlocked.Exchange(ref _hosts[host], null)!;
        killed.Process.Kill();
        await killed.DisposeAsync();
    }

    public Task<Answer> GetAsync(string path) => CallAsync(HttpMethod.Get, path);

    public Task<Answer> PostAsync(string path, JsonNode body, string? key = null) => CallAsync(HttpMethod.Post, path, body.ToJsonString(), key);

    /// <summary>
    /// Calls one host after another, with the same id or key each time, until one gives an answer. An answer that got lost, and one that says that
    /// the store is away, is none.
    /// </summary>
    public async Task<Answer> CallAsync(HttpMethod method, string path, string? body = null, string? key = null)
    {
        using var pace = new PeriodicTimer(RetryInterval);
        var started = TimeProvider.System.GetTimestamp();
        while (true)
        {
            if (await TryCallAsync((int)((uint)Interlocked.Increment(ref _turn) % Count), method, path, body, key) is { } answer
                && answer.Status != HttpStatusCode.ServiceUnavailable)
            {
                return answer;
            }

            Assert.True(TimeProvider.System.GetElapsedTime(started) < Eventually.Patience, $"{method} {path} is not answered.");
            await pace.WaitForNextTickAsync();
        }
    }

    /// <summary>Calls one host once.</summary>
    /// <returns>Its answer; <see langword="null"/> when it got lost.</returns>
    public async Task<Answer?> TryCallAsync(int host, HttpMethod method, string path, string? body = null, string? key = null)
    {
        if (Volatile.Read(ref _hosts[host]) is not { } process)
        {
            return null;
        }

        try
        {
            using var request = new HttpRequestMessage(method, path.StartsWith('/') ? path : "/api/v1/" + path);
            request.Content = body is null ? null : new StringContent(body, Encoding.UTF8, MediaTypeHeaderValue.Parse("application/json"));
            if (key is not null)
            {
                request.Headers.Add("Idempotency-Key", key);
            }

            using var response = await process.Client.SendAsync(request);
            var answer = new Answer(response.StatusCode, await response.Content.ReadAsStringAsync());
            if (!path.StartsWith('/'))
            {
                Check(response, answer);
            }

            return answer;
        }
        catch (Exception fault) when (fault is not Xunit.Sdk.XunitException && Volatile.Read(ref _hosts[host]) != process)
        {
            return null; // The host was killed.
        }
        catch (HttpRequestException)
        {
            return null;
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var host in _hosts.OfType<ServerProcess>())
        {
            await host.DisposeAsync();
        }
    }

    /// <summary>Whatever happens to the store, no call is answered with another fault than that one.</summary>
    private void Check(HttpResponseMessage response, Answer answer)
    {
        if (answer.Status != HttpStatusCode.ServiceUnavailable)
        {
            Assert.True((int)answer.Status < 500, $"{response.RequestMessage!.RequestUri}: {(int)answer.Status} {answer.Text}");
            return;
        }

        Interlocked.Increment(ref _refused);
        Assert.NotNull(response.Headers.RetryAfter);
        Assert.Equal("store_unavailable", (string?)answer.Body["error"]!["code"]);
    }
}
