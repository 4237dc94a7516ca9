using Orchestrator.AspNetCore.Tests.Http;

namespace Orchestrator.AspNetCore.Tests.Errors;

/// <summary>The examples of <c>docs/errors.md</c>.</summary>
internal static class ErrorExamples
{
    private const string Actor = "\"actor\":{\"type\":\"operator\",\"id\":\"ada\"}";
    private const string Beat = "\"run_id\":\"r1\",\"status\":\"running\",\"samples_per_sec\":9,\"loss\":0.5,\"checkpoint_version\":2";

    /// <summary>At least one for each code.</summary>
    public static IReadOnlyList<ErrorExample> OfCodes { get; } =
    [
        new("POST /runs nonsense"),
        new("POST /runs "),
        new("POST /runs []"),
        new("""POST /runs {"labels":{"lr":0.1}}"""),
        new("""POST /runs {"id":"a","id":"b"}"""),
        new($$"""POST /runs/r1/heartbeat {{{Beat}},"step":1001.5}"""),
        new($$"""POST /runs/r1/heartbeat {{{Beat}},"step":9007199254740992}"""),
        new("POST /runs/r1/commands/next", "sent by a page of another site") { Headers = [("Sec-Fetch-Site", "cross-site")] },
        new("GET /runs/r1", "there is no such run"),
        new("GET /runs/a%20b"),
        new("GET /runs/r1/commands/c1", "r1 has no such command") { Prepare = host => host.CreateRunAsync() },
        new("GET /bogus"),
        new("DELETE /runs/r1"),
        new($$"""POST /runs/r1/heartbeat {{{Beat}},"step":11}""", "r1 is completed") { Prepare = host => host.InStateAsync("completed") },
        new($$"""POST /runs/r1/heartbeat {{{Beat}},"step":11,"attempt":1}""", "r1 is in attempt 2") { Prepare = RestartedAsync },
        new($$"""POST /runs/r1/heartbeat {{{Beat}},"step":11,"attempt":1,"claim_id":"other"}""", "another claim got r1") { Prepare = ClaimedAsync },
        new($$"""POST /runs/r1/heartbeat {{{Beat}},"step":9}""", "r1 is at step 10") { Prepare = host => host.RunningAsync() },
        new("""POST /runs/r1/heartbeat {"run_id":"r1","status":"running","samples_per_sec":9,"loss":0.5,"step":11,"checkpoint_version":1}""", "r1 is at checkpoint 2") { Prepare = host => host.RunningAsync() },
        new($$"""POST /runs/r1/transitions {"to_state":"running",{{Actor}}}""", "r1 is completed") { Prepare = host => host.InStateAsync("completed") },
        new($$"""POST /runs/r1/commands {"type":"pause",{{Actor}}}""", "r1 is paused") { Prepare = host => host.InStateAsync("paused") },
        new($$"""POST /runs/r1/commands {"type":"resume",{{Actor}}}""", "r1 is running") { Prepare = host => host.InStateAsync("running") },
        new($$"""POST /runs/r1/commands {"type":"pause",{{Actor}}}""", "r1 is queued") { Prepare = host => host.CreateRunAsync() },
        new($$"""POST /runs/r1/commands {"type":"pause",{{Actor}}}""", "r1 is running and has a pause that its worker has not taken") { Prepare = host => CommandedAsync(host, "pause") },
        new($$"""POST /runs/r1/commands {"type":"pause",{{Actor}}}""", "r1 is terminating") { Prepare = host => CommandedAsync(host, "terminate") },
        new($$"""POST /runs/r1/commands {"type":"pause",{{Actor}}}""", "r1 is completed") { Prepare = host => host.InStateAsync("completed") },
        new("""POST /runs/claim {"worker_id":"w1","run_id":"r1"}""", "r1 is running") { Prepare = host => host.InStateAsync("running") },
        new("""POST /runs {"id":"r1","experiment_id":"e2","version_id":"v1"}""", "r1 is of experiment e1") { Prepare = host => host.CreateRunAsync() },
        new($$"""POST /runs/r1/commands {"id":"c1","type":"pause",{{Actor}}}""", "c1 is a tune") { Prepare = host => CommandedAsync(host, "tune") },
        new("""POST /runs/r1/commands/c1/ack {"outcome":"rejected"}""", "c1 was applied") { Prepare = AcknowledgedAsync },
        new("""POST /runs {"experiment_id":"e2","version_id":"v1"}""", "the key was used for a run of experiment e1") { Prepare = KeyedAsync, Headers = [("Idempotency-Key", "launch-42")] },
        new("GET /events") { Headers = [("Last-Event-ID", "bogus")] },
        new("""POST /runs/r1/commands {"type":…""", "the body has more than 32 KiB") { Rest = new string(' ', 33_000) },
        new("POST /runs/r1/heartbeat {}") { ContentType = "text/plain" },
        new("POST /runs/r1/heartbeat {}") { Headers = [("Content-Encoding", "gzip")] },
        new("""POST /runs {"experiment_id":"e1"}"""),
        new("""POST /runs/r1/heartbeat {"run_id":"r2","status":"running","samples_per_sec":9,"loss":0.5,"checkpoint_version":2,"step":11}""") { Prepare = host => host.CreateRunAsync() },
        new($$"""POST /runs/r1/heartbeat {{{Beat}},"step":11,"attempt":2}""", "r1 is in attempt 1") { Prepare = host => host.CreateRunAsync() },
        new($$"""POST /runs/r1/heartbeat {{{Beat}},"step":11}""", "r1 was claimed") { Prepare = ClaimedAsync },
        new($$"""POST /runs/r1/heartbeat {{{Beat}},"step":11}""", "at the same moment as the heartbeat before") { Prepare = BeatenAsync },
        new($$"""POST /runs/r1/commands {"type":"resume",{{Actor}}}""", "`Commands:MaxPending` is 1") { Prepare = host => CommandedAsync(host, "pause"), Options = options => options.Commands.MaxPending = 1 },
        new("GET /runs", "the storage does not answer") { WithoutStore = true },
    ];

    /// <summary>Requests that <c>validation_failed</c> refuses, each for other members.</summary>
    public static IReadOnlyList<ErrorExample> OfMembers { get; } =
    [
        new("""POST /runs {"id":"a b","label":{},"experiment_id":"e1","version_id":"v1"}"""),
        new("""POST /runs {"id":"a b","labels":{"a:b":"c"},"launch_manifest":[],"health_policy":{"stale_after":5,"unresponsive_after":5,"stalled_after":-1}}"""),
        new("GET /runs?status=running&limit=501"),
        new("GET /runs?state=dancing&label=red&cursor=x&limit=0"),
        new("GET /runs?created_after=today&limit=ten&include=all&non_finite=0"),
        new("GET /runs/r1/commands?limit=1001&order=up&cursor=x", "r1 exists") { Prepare = host => host.CreateRunAsync() },
        new("POST /runs/claim {\"wait\":61,\"run_id\":\"a b\"}"),
        new("POST /runs/r1/heartbeat {}") { Prepare = host => host.CreateRunAsync() },
        new("""POST /runs/r1/heartbeat {"run_id":"r1","status":"dancing","step":-1,"samples_per_sec":-1,"loss":null,"checkpoint_version":-1,"queued_commands":["a b"]}"""),
        new("""POST /runs/r1/commands {"id":"next","type":"jump","expires_at":"soon"}"""),
        new($$$"""POST /runs/r1/commands {"type":"terminate",{{{Actor}}},"payload":{"final_checkpoint":1,"why":"x"}}"""),
        new($$$"""POST /runs/r1/commands {"type":"tune",{{{Actor}}},"payload":{"learning_rate":2,"momentum":0.9}}"""),
        new($$$"""POST /runs/r1/commands {"type":"tune",{{{Actor}}},"payload":{}}"""),
        new($$$"""POST /runs/r1/commands {"type":"pause",{{{Actor}}},"payload":{"a":1}}"""),
        new("""POST /runs/r1/commands/c1/ack {"outcome":"maybe","step":-1,"applied":{"":1}}"""),
        new("""POST /runs/r1/transitions {"to_state":"dancing","actor":{"type":"robot","id":""},"final":{"step":-1}}"""),
        new($$"""POST /runs/r1/attempts {"resume_from":{"step":1},{{Actor}},"worker_id":""}"""),
        new($$"""POST /runs/r1/snooze {{{Actor}},"until":"2026-03-01T13:00:00Z","seconds":-1}"""),
        new($$"""POST /runs/r1/snooze {{{Actor}},"until":"9999-12-31T23:59:59Z","reason":"r"}""", "r1 is running") { Prepare = host => host.InStateAsync("running") },
        new("GET /events?types=run.bogus"),
        new("""POST /runs {"experiment_id":"e1","version_id":"v1"}""") { Headers = [("Idempotency-Key", "launch 42")] },
    ];

    private static async Task RestartedAsync(TestHost host)
    {
        await host.RunningAsync();
        (await host.StartAttemptAsync()).Is(201);
    }

    private static async Task ClaimedAsync(TestHost host)
    {
        await host.CreateRunAsync();
        (await host.ClaimAsync()).Is(200);
    }

    private static async Task BeatenAsync(TestHost host)
    {
        await host.CreateRunAsync();
        (await host.BeatAsync()).Is(200);
    }

    private static async Task CommandedAsync(TestHost host, string type)
    {
        await host.InStateAsync("running");
        (await host.CommandAsync(type, "c1")).Is(202);
    }

    private static async Task AcknowledgedAsync(TestHost host)
    {
        await CommandedAsync(host, "tune");
        (await host.AckAsync("c1")).Is(200);
    }

    private static async Task KeyedAsync(TestHost host) =>
        (await host.PostAsync("runs", """{"experiment_id":"e1","version_id":"v1"}""", ("Idempotency-Key", "launch-42"))).Is(201);
}
