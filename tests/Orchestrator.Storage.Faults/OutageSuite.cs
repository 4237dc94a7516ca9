using System.Net;
using System.Text.Json.Nodes;
using Orchestrator.Storage.Conformance;
using Orchestrator.Storage.Faults.Hosts;

namespace Orchestrator.Storage.Faults;

/// <summary>The server of the store is away for a while, and comes back.</summary>
/// <param name="server">The server.</param>
public abstract class OutageSuite(IFaultServer server)
{
    private const string Run = """{"id":"r1","experiment_id":"faults","version_id":"v1"}""";
    private const string Another = """{"id":"r2","experiment_id":"faults","version_id":"v1"}""";
    private const string Beat = """{"run_id":"r1","status":"running","step":5,"samples_per_sec":1,"loss":1,"checkpoint_version":0}""";
    private const string Command = """{"id":"c1","type":"pause","actor":{"type":"operator","id":"ada"}}""";

    private static readonly (HttpMethod Method, string Path, string? Body)[] Calls =
    [
        (HttpMethod.Post, "runs", Another),
        (HttpMethod.Get, "runs/r1", null),
        (HttpMethod.Get, "runs", null),
        (HttpMethod.Post, "runs/r1/heartbeat", Beat),
        (HttpMethod.Post, "runs/r1/commands", Command),
        (HttpMethod.Get, "runs/r1/commands/next?wait=5", null),
        (HttpMethod.Post, "runs/claim", """{"worker_id":"w","labels":{"no":"run"},"wait":5}"""),
        (HttpMethod.Get, "runs/r1/audit/verify", null),
    ];

    [Fact]
    public async Task Every_call_is_refused_without_effect_and_every_host_recovers_by_itself()
    {
        await using var space = server.NewSpace();
        await using var fleet = await space.StartHostsAsync(hosts: 2);
        (await fleet.CallAsync(HttpMethod.Post, "runs", Run)).Succeeded();
        (await fleet.CallAsync(HttpMethod.Post, "runs/r1/transitions", """{"to_state":"running","actor":{"type":"system","id":"w"}}""")).Succeeded();

        await server.StopAtOnceAsync();
        foreach (var (method, path, body) in Calls)
        {
            Assert.All(await OfEachAsync(fleet, method, path, body), answer => Assert.Equal(HttpStatusCode.ServiceUnavailable, answer?.Status));
        }

        Assert.All(await OfEachAsync(fleet, HttpMethod.Get, "/healthz"), answer => Assert.Equal(HttpStatusCode.ServiceUnavailable, answer?.Status));
        await server.StartAsync();
        var returned = TimeProvider.System.GetTimestamp();
        await Eventually.HoldsAsync("every host is healthy", async () =>
            (await OfEachAsync(fleet, HttpMethod.Get, "/healthz")).All(answer => answer?.Status == HttpStatusCode.OK));
        TestContext.Current.TestOutputHelper?.WriteLine($"recovered {TimeProvider.System.GetElapsedTime(returned).TotalMilliseconds:F0} ms after the return");

        var store = space.OpenStore();
        Assert.Null(await store.LoadAsync("r2"));
        var refused = (await store.LoadAsync("r1", command: "c1"))!;
        Assert.Null(refused.Command);
        Assert.Equal(0, refused.Progress.Heartbeats);
        foreach (var (method, path, body) in Calls)
        {
            (await fleet.CallAsync(method, path, body)).Succeeded();
        }
    }

    [Fact]
    public async Task A_parked_poll_gets_the_command_that_another_host_takes_after_the_outage()
    {
        await using var space = server.NewSpace();
        var (host, other) = (space.OpenHost(), space.OpenHost());
        using var measures = new HostMeasures();
        var run = (await host.Runs.CreateAsync(new NewRun { ExperimentId = ExperimentId.Parse("e"), VersionId = VersionId.Parse("v") })).Value.Value.Id;
        _ = (await host.Runs.TransitionAsync(run, new TransitionRequest { To = RunState.Running, Actor = new Actor(ActorType.System, "w") })).Value;
        var poll = host.Commands.NextAsync(run, TimeSpan.FromSeconds(60)).AsTask();
        var claim = host.Runs.ClaimAsync(new ClaimRequest { WorkerId = "w", Wait = TimeSpan.FromSeconds(60) }).AsTask();
        await Eventually.HoldsAsync("both are parked", () => measures.Parked == 2);

        await server.KillAsync();
        await Eventually.HoldsAsync("both have met the outage", () => measures.StoreFailures >= 2);
        await server.StartAsync();
        var command = await UntilTakenAsync(() => other.Commands.EnqueueAsync(run, NewCommand.Pause(new Actor(ActorType.Operator, "ada"))));
        var created = await UntilTakenAsync(() => other.Runs.CreateAsync(new NewRun { ExperimentId = ExperimentId.Parse("e"), VersionId = VersionId.Parse("v") }));

        Assert.Equal(command.Value.Id, (await poll.WaitAsync(Eventually.Patience)).Value!.Id);
        Assert.Equal(created.Value.Id, (await claim.WaitAsync(Eventually.Patience)).Value.Value!.Id);
    }

    /// <summary>Invariant 8: no run is escalated for the orchestrator's own silence.</summary>
    [Fact]
    public async Task A_run_that_beats_again_after_an_outage_never_becomes_stale_and_one_that_does_not_is_found()
    {
        await using var space = server.NewSpace();
        await using var fleet = await space.StartHostsAsync(
            hosts: 2,
            "Orchestrator:Health:SweepInterval=00:00:00.5",
            "Orchestrator:Health:StaleAfter=00:00:02",
            "Orchestrator:Health:UnresponsiveAfter=00:00:04",
            "Orchestrator:Health:Grace=00:00:04");
        foreach (var run in new[] { "alive", "silent" })
        {
            (await fleet.PostAsync("runs", new JsonObject { ["id"] = run, ["experiment_id"] = "faults", ["version_id"] = "v1" })).Succeeded();
        }

        using var stop = new CancellationTokenSource();
        var beating = BeatAsync(fleet, "alive", stop.Token);
        var silent = BeatAsync(fleet, "silent", stop.Token, beats: 1);
        await silent;

        await server.StopAtOnceAsync();
        var away = TimeProvider.System.GetTimestamp();
        await Eventually.HoldsAsync("the silence is longer than any run may be silent", () => TimeProvider.System.GetElapsedTime(away) > TimeSpan.FromSeconds(6));
        await server.StartAsync();
        await Eventually.HoldsAsync("true silence is found", async () =>
            (string?)(await fleet.GetAsync("runs/silent")).Succeeded().Body["health_status"] == "unresponsive");
        await stop.CancelAsync();
        await beating;

        var events = await space.OpenStore().ReadWholeFeedAsync();
        Assert.DoesNotContain(events, told => told.RunId.Value == "alive" && told.Type == EventType.RunHealthChanged);
        Assert.Equal(
            [HealthStatus.HeartbeatStale, HealthStatus.Unresponsive],
            events.Where(told => told.RunId.Value == "silent").Select(told => told.Data).OfType<HealthChangedData>().Select(data => data.To));
    }

    private static async Task<Answer?[]> OfEachAsync(Fleet fleet, HttpMethod method, string path, string? body = null) =>
        await Task.WhenAll(Enumerable.Range(0, fleet.Count).Select(host => fleet.TryCallAsync(host, method, path, body)));

    private static async Task BeatAsync(Fleet fleet, string run, CancellationToken stop, long beats = long.MaxValue)
    {
        using var pace = new PeriodicTimer(TimeSpan.FromMilliseconds(100));
        for (var beat = 1L; beat <= beats && !stop.IsCancellationRequested; beat++)
        {
            (await fleet.PostAsync($"runs/{run}/heartbeat", new JsonObject
            {
                ["run_id"] = run,
                ["status"] = "running",
                ["step"] = beat,
                ["beat"] = beat,
                ["samples_per_sec"] = 1,
                ["loss"] = 1,
                ["checkpoint_version"] = 0,
            })).Succeeded();
            await pace.WaitForNextTickAsync(CancellationToken.None);
        }
    }

    private static async Task<T> UntilTakenAsync<T>(Func<ValueTask<Result<T>>> call)
    {
        Result<T> result = default;
        await Eventually.HoldsAsync("the host has recovered", async () => (result = await call()).Refusal?.Code != RefusalCode.StoreUnavailable);
        return result.Value;
    }
}
