using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Orchestrator.Samples.Tests.Server;

namespace Orchestrator.Storage.Faults;

/// <summary>What the server sample writes to its console at default levels while its store is in trouble and 100 callers go on.</summary>
/// <param name="server">The server of the store.</param>
public abstract class LogBudgetSuite(IFaultServer server)
{
    /// <summary>The name of the variable with the seconds that each outage lasts.</summary>
    private const string Seconds = "ORCHESTRATOR_TEST_OUTAGE_SECONDS";
    private const int Entries = 20;
    private const int Lines = 60;
    private const string Begin = "The store is unavailable";
    private const string End = "The store is available again";

    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(250);

    /// <summary>How long an outage lasts.</summary>
    private static TimeSpan Length { get; } =
        TimeSpan.FromSeconds(int.Parse(Environment.GetEnvironmentVariable(Seconds) is { Length: > 0 } given ? given : "2", CultureInfo.InvariantCulture));

    /// <summary>Options of the host with which a server that hangs is noticed within <see cref="Length"/>.</summary>
    protected abstract IEnumerable<string> ImpatientOptions { get; }

    [Fact]
    public async Task An_outage_is_a_few_lines_whether_the_store_refuses_hangs_or_is_read_only()
    {
        await using var space = server.NewSpace();
        await using var host = await space.StartServerAsync(Length < TimeSpan.FromSeconds(60) ? ImpatientOptions : []);
        for (var run = 0; run < 40; run++)
        {
            await host.PostAsync("api/v1/runs", $$"""{"id":"r{{run}}","experiment_id":"e","version_id":"v"}""");
            await BeatAsync(host, run, CancellationToken.None);
        }

        using var end = new CancellationTokenSource();
        var load = LoadAsync(host, end.Token);
        try
        {
            await MeetAsync(host, server.StopAtOnceAsync, server.StartAsync);
            await MeetAsync(host, SuspendAsync, ResumeAsync);
            await MeetAsync(host, ForbidWritesAsync, AllowWritesAsync);
        }
        finally
        {
            await end.CancelAsync();
            await load;
        }

        host.Process.Terminate();
        var lines = (await host.Process.EndAsync()).Output.Split('\n').SkipWhile(line => !line.StartsWith("warn", StringComparison.Ordinal)).ToList();
        TestContext.Current.TestOutputHelper?.WriteLine(string.Join('\n', lines));
        var text = string.Join('\n', lines);
        Assert.Equal((3, 3), (text.Split(Begin).Length - 1, text.Split(End).Length - 1));
        Assert.Contains("Check that it runs, takes writes, and can be reached", text, StringComparison.Ordinal);
        Assert.InRange(lines.Count(line => line.Length > 4 && line[4] == ':'), 6, 3 * Entries);
        Assert.InRange(lines.Count, 6, 3 * Lines);
        Assert.DoesNotContain("   at ", text, StringComparison.Ordinal);
    }

    /// <summary>Lets the server do nothing, with its connections open.</summary>
    protected abstract Task SuspendAsync();

    protected abstract Task ResumeAsync();

    /// <summary>Lets the server answer reads and refuse writes.</summary>
    protected abstract Task ForbidWritesAsync();

    protected abstract Task AllowWritesAsync();

    private static async Task MeetAsync(ServerProcess host, Func<Task> begin, Func<Task> end)
    {
        await begin();
        var began = TimeProvider.System.GetTimestamp();
        try
        {
            await host.Process.LineAsync(Begin);
            await Eventually.HoldsAsync("the outage lasts", () => TimeProvider.System.GetElapsedTime(began) >= Length, Length + Eventually.Patience);
        }
        finally
        {
            await end();
        }

        await host.Process.LineAsync(End);
    }

    private static Task LoadAsync(ServerProcess host, CancellationToken end) => Task.WhenAll(
    [
        .. Callers(40, (run, call) => BeatAsync(host, run, end)),
        .. Callers(20, (run, call) => SendAsync(host.Client.GetAsync($"api/v1/runs/r{run}", end))),
        .. Callers(15, (run, call) => SendAsync(host.Client.GetAsync($"api/v1/runs/r{run}/commands/next?wait=3", end))),
        .. Callers(15, (n, call) => SendAsync(host.Client.PostAsJsonAsync(
            "api/v1/runs/claim", new JsonObject { ["worker_id"] = $"w{n}", ["labels"] = new JsonObject { ["no"] = "run" }, ["wait"] = 3 }, end))),
        .. Callers(10, (n, call) => FollowAsync(host, end)),
    ]);

    private static IEnumerable<Task> Callers(int count, Func<int, int, Task> call) => Enumerable.Range(0, count).Select(async caller =>
    {
        using var pace = new PeriodicTimer(Pace);
        for (var n = 0; ; n++)
        {
            try
            {
                await call(caller, n);
                await pace.WaitForNextTickAsync(CancellationToken.None);
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }
    });

    private static Task BeatAsync(ServerProcess host, int run, CancellationToken end) => SendAsync(host.Client.PostAsJsonAsync(
        $"api/v1/runs/r{run}/heartbeat",
        new JsonObject { ["run_id"] = $"r{run}", ["status"] = "running", ["step"] = 1, ["samples_per_sec"] = 1, ["loss"] = 1, ["checkpoint_version"] = 0 },
        end));

    private static async Task SendAsync(Task<HttpResponseMessage> call)
    {
        using var response = await call;
        Assert.True(response.StatusCode == HttpStatusCode.ServiceUnavailable || (int)response.StatusCode < 500, $"{response.RequestMessage!.RequestUri}: {response.StatusCode}");
    }

    private static async Task FollowAsync(ServerProcess host, CancellationToken end)
    {
        using var response = await host.Client.GetAsync("api/v1/events?types=run.created", HttpCompletionOption.ResponseHeadersRead, end);
        await response.Content.CopyToAsync(Stream.Null, end);
    }
}
