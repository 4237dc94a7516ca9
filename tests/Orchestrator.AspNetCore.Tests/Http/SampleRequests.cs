namespace Orchestrator.AspNetCore.Tests.Http;

/// <summary>A request that succeeds, for each endpoint by its operation id, on a host that <see cref="PrepareAsync"/> made ready.</summary>
internal static class SampleRequests
{
    private const string Actor = "\"actor\":" + TestHost.Ada;

    public static IReadOnlyDictionary<string, SampleRequest> ByOperation { get; } = new Dictionary<string, SampleRequest>
    {
        ["createRun"] = new("POST", "runs", """{"experiment_id":"e1","version_id":"v1","labels":{"team":"red"},"priority":1,"launch_manifest":{"lr":0.1},"health_policy":{"stale_after":9}}"""),
        ["listRuns"] = new("GET", "runs?limit=2&state=running&label=team:red"),
        ["claimRun"] = new("POST", "runs/claim", """{"worker_id":"w1","labels":{"team":"red"},"wait":0}"""),
        ["getRun"] = new("GET", "runs/r1"),
        ["moveRun"] = new("POST", "runs/r1/transitions", "{\"to_state\":\"paused\",\"reason\":\"r\"," + Actor + ",\"final\":{\"step\":20,\"loss\":0.1}}"),
        ["listTransitions"] = new("GET", "runs/r1/transitions"),
        ["startAttempt"] = new("POST", "runs/r1/attempts", "{\"reason\":\"r\"," + Actor + ",\"resume_from\":{\"step\":1,\"checkpoint_version\":1}}"),
        ["snoozeRun"] = new("POST", "runs/r1/snooze", "{\"seconds\":60,\"reason\":\"r\"," + Actor + "}"),
        ["reportHeartbeat"] = new("POST", "runs/r1/heartbeat?commands=1", Beats.Valid("r1", ("attempt", "1"), ("metrics", """{"acc":0.5}"""))),
        ["reportHeartbeats"] = new("POST", "heartbeats", $"[{Beats.Valid()},{Beats.Valid("r2")}]"),
        ["sendCommand"] = new("POST", "runs/r1/commands", "{\"type\":\"tune\"," + Actor + ",\"payload\":{\"learning_rate\":0.5}}"),
        ["listCommands"] = new("GET", "runs/r1/commands"),
        ["nextCommand"] = new("GET", "runs/r1/commands/next?attempt=1"),
        ["takeNextCommand"] = new("POST", "runs/r1/commands/next?attempt=1"),
        ["getCommand"] = new("GET", "runs/r1/commands/c1"),
        ["acknowledgeCommand"] = new("POST", "runs/r1/commands/c1/ack", """{"outcome":"applied","step":11,"applied":{"learning_rate":0.4}}"""),
        ["followEvents"] = new("GET", "events?types=run.created,run.progress"),
        ["followRunEvents"] = new("GET", "runs/r1/events"),
        ["listAudit"] = new("GET", "runs/r1/audit"),
        ["verifyAudit"] = new("GET", "runs/r1/audit/verify"),
    };

    /// <summary>Makes what the requests are about: a running run <c>r1</c> with a command <c>c1</c>, and a queued one to claim.</summary>
    public static async Task PrepareAsync(TestHost host)
    {
        await host.RunningAsync();
        (await host.CommandAsync("tune", "c1")).Is(202);
        await host.CreateRunAsync("queued", ""","labels":{"team":"red"}""");
    }
}

/// <param name="Method">The HTTP method.</param>
/// <param name="Path">The path below the prefix, with the query.</param>
/// <param name="Body">The JSON; <see langword="null"/> for none.</param>
internal sealed record SampleRequest(string Method, string Path, string? Body = null)
{
    public Task<Reply> SendAsync(TestHost host, params (string Name, string Value)[] headers) =>
        host.SendAsync(HttpMethod.Parse(Method), Path, Body is null ? null : TestHost.Json(Body), headers);
}
