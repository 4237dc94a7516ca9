using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Orchestrator.AspNetCore.Tests.Http;

namespace Orchestrator.AspNetCore.Tests.Heartbeats;

/// <summary>The table of contract section 2, row by row.</summary>
public sealed class HeartbeatRowTests
{
    private static readonly string[] Members =
    [
        "id", "experiment_id", "version_id", "state", "status_message", "priority", "labels", "requires", "health_policy", "attempt", "worker_id",
        "runtime_status",
        "health_status", "health_changed_at", "snoozed_until", "last_heartbeat_at", "last_refusal", "current_step", "samples_per_sec", "loss", "checkpoint_version",
        "checkpoint_uri", "resume_point", "metrics", "tuned", "started_at", "ended_at", "end_reason", "end_message", "created_by", "created_at", "updated_at",
        "revision", "heartbeats",
    ];

    [Fact]
    public async Task Valid_is_200_with_the_run_as_it_now_stands()
    {
        await using var host = await TestHost.StartAsync();
        await host.CreateRunAsync(more: ""","launch_manifest":{"a":1},"overrides":{"b":2}""");

        var reply = await host.PostAsync("runs/r1/heartbeat", Beats.Valid(
            changes: [("notes", "\"warm\""), ("metrics", """{"acc":0.5}"""), ("checkpoint_uri", "\"s3://c/2\""), ("beat", "1"), ("queued_commands", """["c1"]"""), ("other", "{}")]));

        Assert.Equal(200, reply.Is(200).Status);
        Assert.Equal("application/json", reply.ContentType);
        Assert.Equal(Encoding.UTF8.GetByteCount(reply.Body), reply.ContentLength);
        Assert.Equal(Members, reply.Json.EnumerateObject().Select(member => member.Name));
        Assert.Equal("running", reply["state"].GetString());
        Assert.Equal("running", reply["runtime_status"].GetString());
        Assert.Equal("healthy", reply["health_status"].GetString());
        Assert.Equal(10, reply["current_step"].GetInt64());
        Assert.Equal(0.25, reply["loss"].GetDouble());
        Assert.Equal(1.5, reply["samples_per_sec"].GetDouble());
        Assert.Equal(2, reply["checkpoint_version"].GetInt64());
        Assert.Equal("s3://c/2", reply["checkpoint_uri"].GetString());
        Assert.Equal("warm", reply["status_message"].GetString());
        Assert.Equal(0.5, reply["metrics"].GetProperty("acc").GetDouble());
        Assert.Equal(1, reply["heartbeats"].GetInt64());
        Assert.Equal("2026-03-01T12:00:00Z", reply["started_at"].GetString());
        Assert.Equal(JsonValueKind.Null, reply["ended_at"].ValueKind);
    }

    [Fact]
    public async Task Valid_with_include_manifest_has_manifest_and_overrides()
    {
        await using var host = await TestHost.StartAsync();
        await host.CreateRunAsync(more: ""","launch_manifest":{"lr":1.10},"overrides":{"b":[]}""");

        var reply = await host.PostAsync("runs/r1/heartbeat?include=manifest", Beats.Valid());

        Assert.Equal("""{"lr":1.10}""", reply.Is(200)["launch_manifest"].GetRawText());
        Assert.Equal("""{"b":[]}""", reply["overrides"].GetRawText());
        Assert.Equal(10, reply["current_step"].GetInt64());
    }

    [Fact]
    public async Task Beat_not_above_the_last_is_200_and_changes_nothing()
    {
        await using var host = await TestHost.StartAsync();
        await host.CreateRunAsync();
        var first = await host.PostAsync("runs/r1/heartbeat", Beats.Valid(changes: ("beat", "7")));
        host.Clock.Advance(TimeSpan.FromSeconds(10));

        foreach (var beat in new[] { "7", "6" })
        {
            var again = await host.PostAsync("runs/r1/heartbeat", Beats.Valid(changes: [("beat", beat), ("step", "99"), ("loss", "9")]));
            Assert.Equal(first.Body, again.Is(200).Body);
        }
    }

    [Theory]
    [InlineData("text/plain")]
    [InlineData("application/jsonx")]
    [InlineData("application/problem+json")]
    [InlineData("application/x-www-form-urlencoded")]
    [InlineData("text/json; note=application/json")]
    public async Task Content_type_other_than_json_is_415(string type)
    {
        await using var host = await TestHost.StartAsync();
        await host.CreateRunAsync();

        var reply = await host.SendAsync(HttpMethod.Post, "runs/r1/heartbeat", TestHost.Json(Beats.Valid(), type));

        reply.Refused(415, "unsupported_media_type");
        Assert.Equal("unsupported_media_type", (await host.GetAsync("runs/r1"))["last_refusal"].GetProperty("code").GetString());
    }

    [Fact]
    public async Task Content_type_absent_with_a_body_is_415()
    {
        await using var host = await TestHost.StartAsync();
        await host.CreateRunAsync();

        (await host.SendAsync(HttpMethod.Post, "runs/r1/heartbeat", TestHost.Json(Beats.Valid(), null))).Refused(415, "unsupported_media_type");
        (await host.SendAsync(HttpMethod.Post, "runs/r1/heartbeat", Chunked(TestHost.Json(Beats.Valid(), null)))).Refused(415, "unsupported_media_type");
    }

    [Theory]
    [InlineData("application/json; charset=utf-8")]
    [InlineData("Application/JSON")]
    [InlineData("application/json ; q=1")]
    public async Task Content_type_json_counts_with_parameters_and_in_any_case(string type)
    {
        await using var host = await TestHost.StartAsync();
        await host.CreateRunAsync();
        var content = TestHost.Json(Beats.Valid(), null);
        content.Headers.TryAddWithoutValidation("Content-Type", type);

        (await host.SendAsync(HttpMethod.Post, "runs/r1/heartbeat", content)).Is(200);
    }

    [Fact]
    public async Task Body_over_32_KiB_by_length_is_413()
    {
        await using var host = await TestHost.StartAsync();
        await host.CreateRunAsync();

        var reply = await host.PostAsync("runs/r1/heartbeat", Padded(32 * 1024 + 1));

        reply.Refused(413, "payload_too_large");
        Assert.Equal(32_768, reply.Details.GetProperty("limit").GetInt32());
        Assert.Equal("payload_too_large", (await host.GetAsync("runs/r1"))["last_refusal"].GetProperty("code").GetString());
    }

    [Fact]
    public async Task Body_over_32_KiB_while_streaming_is_413()
    {
        await using var host = await TestHost.StartAsync();
        await host.CreateRunAsync();

        (await host.SendAsync(HttpMethod.Post, "runs/r1/heartbeat", Chunked(TestHost.Json(Padded(32 * 1024 + 1))))).Refused(413, "payload_too_large");
    }

    [Fact]
    public async Task Body_of_32_KiB_is_taken()
    {
        await using var host = await TestHost.StartAsync(options => options.Heartbeats.MinInterval = TimeSpan.Zero);
        await host.CreateRunAsync();

        (await host.PostAsync("runs/r1/heartbeat", Padded(32 * 1024))).Is(200);
        (await host.SendAsync(HttpMethod.Post, "runs/r1/heartbeat", Chunked(TestHost.Json(Padded(32 * 1024))))).Is(200);
    }

    [Fact]
    public async Task Body_limit_is_an_option()
    {
        await using var host = await TestHost.StartAsync(options => options.Heartbeats.MaxBodyBytes = 2048);
        await host.CreateRunAsync();

        (await host.PostAsync("runs/r1/heartbeat", Padded(2049))).Refused(413, "payload_too_large");
        (await host.PostAsync("runs/r1/heartbeat", Padded(2048))).Is(200);
    }

    public static TheoryData<string> InvalidJson =>
    [
        "", " ", "nonsense", "{", "[]", "null", "5", "\"x\"", "true", "{} {}", "{},", "{\"a\":1,}", "// c\n{}", "{'a':1}",
        Beats.Valid() + "x",
        Beats.Valid(changes: ("step", "\"5\"")),
        Beats.Valid(changes: ("step", "true")),
        Beats.Valid(changes: ("step", "1.5")),
        Beats.Valid(changes: ("step", "9007199254740992")),
        Beats.Valid(changes: ("step", "1e30")),
        Beats.Valid(changes: ("step", "NaN")),
        Beats.Valid(changes: ("checkpoint_version", "9223372036854775808")),
        Beats.Valid(changes: ("checkpoint_version", "9007199254740992")),
        Beats.Valid(changes: ("beat", "9007199254740992")),
        Beats.Valid(changes: ("beat", "{}")),
        Beats.Valid(changes: ("attempt", "2147483648")),
        Beats.Valid(changes: ("attempt", "[1]")),
        Beats.Valid(changes: ("loss", "1e400")),
        Beats.Valid(changes: ("loss", "-1e999")),
        Beats.Valid(changes: ("loss", "\"1.5\"")),
        Beats.Valid(changes: ("loss", "\"nan\"")),
        Beats.Valid(changes: ("loss", "nan")),
        Beats.Valid(changes: ("loss", "Inf")),
        Beats.Valid(changes: ("loss", "+Infinity")),
        Beats.Valid(changes: ("loss", "-NaN")),
        Beats.Valid(changes: ("loss", "NaNNaN")),
        Beats.Valid(changes: ("loss", "[NaN]")),
        Beats.Valid(changes: ("samples_per_sec", "1e400")),
        Beats.Valid(changes: ("samples_per_sec", "{}")),
        Beats.Valid(changes: ("metrics", """{"a":1e400}""")),
        Beats.Valid(changes: ("metrics", """{"a":"x"}""")),
        Beats.Valid(changes: ("metrics", """{"a":1,"a":2}""")),
        Beats.Valid(changes: ("metrics", """{"a":{"b":NaN}}""")),
        Beats.Valid(changes: ("metrics", "[1]")),
        Beats.Valid(changes: ("notes", "5")),
        Beats.Valid(changes: ("notes", "NaN")),
        Beats.Valid(changes: ("notes", "\"\\ud800\"")),
        Beats.Valid(changes: ("run_id", "5")),
        Beats.Valid(changes: ("run_id", "NaN")),
        Beats.Valid(changes: ("status", "Infinity")),
        Beats.Valid(changes: ("status", "1")),
        Beats.Valid(changes: ("queued_commands", "\"c1\"")),
        Beats.Valid(changes: ("queued_commands", "[1]")),
        Beats.Valid(changes: ("other", "NaN")),
        Beats.Valid(changes: ("other", """{"loss":NaN}""")),
        Beats.Valid(changes: ("other", """{"a":1,"a":1}""")),
        Beats.Valid(changes: ("checkpoint_uri", "[]")),
        """{"step":1,"step":1}""",
        """{"step":1,"st\u0065p":1}""",
        """{"x":1,"x":1}""",
        Beats.Valid(changes: ("other", new string('[', 32) + new string(']', 32))),
    ];

    [Theory]
    [MemberData(nameof(InvalidJson))]
    public async Task Not_JSON_wrong_type_out_of_range_duplicate_or_too_deep_is_400(string body)
    {
        await using var host = await TestHost.StartAsync();
        await host.CreateRunAsync();

        (await host.PostAsync("runs/r1/heartbeat", body)).Refused(400, "invalid_json");

        Assert.Equal("invalid_json", (await host.GetAsync("runs/r1"))["last_refusal"].GetProperty("code").GetString());
        Assert.Equal("queued", (await host.GetAsync("runs/r1"))["state"].GetString());
    }

    [Fact]
    public async Task Invalid_UTF_8_is_400_also_in_a_member_that_nobody_reads()
    {
        await using var host = await TestHost.StartAsync();
        await host.CreateRunAsync();
        var bytes = Encoding.UTF8.GetBytes(Beats.Valid(changes: ("other", "\"?\"")));
        bytes[Array.IndexOf(bytes, (byte)'?')] = 0xFF;
        var content = new ByteArrayContent(bytes);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");

        (await host.SendAsync(HttpMethod.Post, "runs/r1/heartbeat", content)).Refused(400, "invalid_json");
    }

    [Fact]
    public async Task Depth_of_32_is_read()
    {
        await using var host = await TestHost.StartAsync();
        await host.CreateRunAsync();

        (await host.PostAsync("runs/r1/heartbeat", Beats.Valid(changes: ("other", new string('[', 31) + new string(']', 31))))).Is(200);
    }

    [Fact]
    public async Task A_null_measure_is_stored_as_null_and_a_null_metric_left_out()
    {
        await using var host = await TestHost.StartAsync();
        await host.CreateRunAsync();
        (await host.BeatAsync("r1")).Is(200);
        host.Clock.Advance(TimeSpan.FromSeconds(5));

        var reply = (await host.BeatAsync("r1", ("loss", "null"), ("samples_per_sec", "null"), ("metrics", """{"a":null,"b":1}"""))).Is(200);

        Assert.Equal((JsonValueKind.Null, JsonValueKind.Null), (reply["loss"].ValueKind, reply["samples_per_sec"].ValueKind));
        Assert.Equal("""{"b":1}""", reply["metrics"].GetRawText());
    }

    [Fact]
    public async Task A_raised_checkpoint_without_a_URI_has_none()
    {
        await using var host = await TestHost.StartAsync();
        await host.CreateRunAsync();
        (await host.BeatAsync("r1", ("checkpoint_version", "2"), ("checkpoint_uri", "\"s3://2\""))).Is(200);
        host.Clock.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal("s3://2", (await host.BeatAsync("r1", ("checkpoint_version", "2"))).Is(200)["checkpoint_uri"].GetString());
        host.Clock.Advance(TimeSpan.FromSeconds(5));

        var reply = (await host.BeatAsync("r1", ("checkpoint_version", "3"))).Is(200);

        Assert.Equal((3, JsonValueKind.Null), (reply["checkpoint_version"].GetInt32(), reply["checkpoint_uri"].ValueKind));
    }

    [Theory]
    [InlineData("run_id", null)]
    [InlineData("run_id", "null")]
    [InlineData("run_id", "\"\"")]
    [InlineData("run_id", "\"a/b\"")]
    [InlineData("status", null)]
    [InlineData("status", "null")]
    [InlineData("status", "\"dancing\"")]
    [InlineData("status", "\"Running\"")]
    [InlineData("step", null)]
    [InlineData("step", "null")]
    [InlineData("step", "-1")]
    [InlineData("samples_per_sec", null)]
    [InlineData("samples_per_sec", "-0.5")]
    [InlineData("loss", null)]
    [InlineData("checkpoint_version", null)]
    [InlineData("checkpoint_version", "null")]
    [InlineData("checkpoint_version", "-1")]
    [InlineData("queued_commands", """["ok","not ok"]""")]
    [InlineData("queued_commands", "[null]")]
    public async Task Missing_null_empty_unknown_or_negative_is_422_and_names_the_member(string member, string? json)
    {
        await using var host = await TestHost.StartAsync();
        await host.CreateRunAsync();

        var reply = await host.PostAsync("runs/r1/heartbeat", Beats.Valid(changes: (member, json)));

        Assert.Equal([member], reply.Refused(422, "validation_failed").Faulty);
        Assert.Equal("validation_failed", (await host.GetAsync("runs/r1"))["last_refusal"].GetProperty("code").GetString());
    }

    [Fact]
    public async Task Over_64_metrics_is_422()
    {
        await using var host = await TestHost.StartAsync();
        await host.CreateRunAsync();
        static string Metrics(int count) => "{" + string.Join(",", Enumerable.Range(0, count).Select(i => $"\"m{i}\":{i}")) + "}";

        var reply = await host.PostAsync("runs/r1/heartbeat", Beats.Valid(changes: ("metrics", Metrics(65))));

        Assert.Equal(["metrics"], reply.Refused(422, "validation_failed").Faulty);
        (await host.PostAsync("runs/r1/heartbeat", Beats.Valid(changes: ("metrics", Metrics(64))))).Is(200);
    }

    [Fact]
    public async Task Every_fault_of_a_heartbeat_is_listed()
    {
        await using var host = await TestHost.StartAsync();
        await host.CreateRunAsync();

        var reply = await host.PostAsync("runs/r1/heartbeat", "{}");

        Assert.Equal(
            ["checkpoint_version", "loss", "run_id", "samples_per_sec", "status", "step"], reply.Refused(422, "validation_failed").Faulty);
    }

    [Fact]
    public async Task Run_id_that_differs_from_the_path_is_422()
    {
        await using var host = await TestHost.StartAsync();
        await host.CreateRunAsync();

        (await host.PostAsync("runs/r1/heartbeat", Beats.Valid("r2"))).Refused(422, "run_id_mismatch");
    }

    [Fact]
    public async Task Unknown_run_is_404()
    {
        await using var host = await TestHost.StartAsync();

        (await host.PostAsync("runs/r1/heartbeat", Beats.Valid())).Refused(404, "run_not_found");
        (await host.PostAsync("runs/not%20an%20id/heartbeat", Beats.Valid())).Refused(404, "run_not_found");
    }

    [Fact]
    public async Task Terminal_run_is_409_with_state_and_end_reason()
    {
        await using var host = await TestHost.StartAsync();
        await host.RunningAsync();
        await host.PostAsync("runs/r1/transitions", """{"to_state":"completed","actor":{"type":"system","id":"s"}}""");

        var reply = (await host.PostAsync("runs/r1/heartbeat", Beats.Valid())).Refused(409, "run_ended");

        Assert.Equal("completed", reply.Details.GetProperty("state").GetString());
        Assert.Equal("completed", reply.Details.GetProperty("end_reason").GetString());
    }

    [Fact]
    public async Task Attempt_lower_than_the_runs_is_409_with_the_current_one()
    {
        await using var host = await TestHost.StartAsync();
        await host.RunningAsync();
        (await host.PostAsync("runs/r1/attempts", """{"actor":{"type":"operator","id":"o"}}""")).Is(201);

        var reply = (await host.PostAsync("runs/r1/heartbeat", Beats.Valid(changes: ("attempt", "1")))).Refused(409, "stale_attempt");

        Assert.Equal(2, reply.Details.GetProperty("current_attempt").GetInt32());
    }

    [Fact]
    public async Task Attempt_higher_than_the_runs_is_422()
    {
        await using var host = await TestHost.StartAsync();
        await host.CreateRunAsync();

        (await host.PostAsync("runs/r1/heartbeat", Beats.Valid(changes: ("attempt", "2")))).Refused(422, "unknown_attempt");
    }

    [Fact]
    public async Task Attempt_absent_on_a_claimed_run_is_422()
    {
        await using var host = await TestHost.StartAsync();
        await host.CreateRunAsync();
        (await host.PostAsync("runs/claim", """{"worker_id":"w"}""")).Is(200);

        (await host.PostAsync("runs/r1/heartbeat", Beats.Valid())).Refused(422, "attempt_required");
        (await host.PostAsync("runs/r1/heartbeat", Beats.Valid(changes: ("attempt", "1")))).Is(200);
    }

    [Fact]
    public async Task Step_below_the_runs_is_409_with_both()
    {
        await using var host = await TestHost.StartAsync();
        await host.RunningAsync();

        var reply = (await host.PostAsync("runs/r1/heartbeat", Beats.Valid(changes: ("step", "9")))).Refused(409, "step_regression");

        Assert.Equal(10, reply.Details.GetProperty("current").GetInt64());
        Assert.Equal(9, reply.Details.GetProperty("received").GetInt64());
    }

    [Fact]
    public async Task Checkpoint_version_below_the_runs_is_409_with_both()
    {
        await using var host = await TestHost.StartAsync();
        await host.RunningAsync();

        var reply = (await host.PostAsync("runs/r1/heartbeat", Beats.Valid(changes: ("checkpoint_version", "1")))).Refused(409, "checkpoint_regression");

        Assert.Equal(2, reply.Details.GetProperty("current").GetInt64());
        Assert.Equal(1, reply.Details.GetProperty("received").GetInt64());
    }

    [Fact]
    public async Task Sooner_than_the_minimum_interval_is_429_with_retry_after_and_stores_nothing()
    {
        await using var host = await TestHost.StartAsync();
        await host.CreateRunAsync();
        await host.PostAsync("runs/r1/heartbeat", Beats.Valid());
        host.Clock.Advance(TimeSpan.FromSeconds(1));

        var reply = (await host.PostAsync("runs/r1/heartbeat", Beats.Valid(changes: ("step", "11")))).Refused(429, "heartbeat_throttled");

        Assert.Equal("4", reply.Headers["Retry-After"]);
        Assert.Equal(10, (await host.GetAsync("runs/r1"))["current_step"].GetInt64());

        host.Clock.Advance(TimeSpan.FromSeconds(3.5));
        (await host.PostAsync("runs/r1/heartbeat", Beats.Valid(changes: ("step", "11")))).Is(200);
    }

    [Fact]
    public async Task Sooner_with_another_status_is_200()
    {
        await using var host = await TestHost.StartAsync();
        await host.CreateRunAsync();
        await host.PostAsync("runs/r1/heartbeat", Beats.Valid());

        Assert.Equal("paused", (await host.PostAsync("runs/r1/heartbeat", Beats.Valid(changes: ("status", "\"paused\"")))).Is(200)["state"].GetString());
    }

    [Fact]
    public async Task Alternating_the_status_does_not_pass_the_throttle_for_ever()
    {
        await using var host = await TestHost.StartAsync();
        await host.CreateRunAsync();
        (await host.BeatAsync()).Is(200);
        for (var change = 1; change <= 8; change++)
        {
            (await AlternateAsync(change)).Is(200);
        }

        var reply = (await AlternateAsync(9)).Refused(429, "heartbeat_throttled");
        Assert.Equal("5", reply.Headers["Retry-After"]);
        (await host.BeatAsync("r1", ("status", "\"errored\""))).Is(200);
        (await AlternateAsync(10)).Refused(429, "heartbeat_throttled");
        Assert.Equal(11, (await host.GetAsync("runs/r1/transitions"))["transitions"].GetArrayLength());

        await host.PassAsync(TimeSpan.FromSeconds(5));
        (await AlternateAsync(11)).Is(200);
        (await AlternateAsync(12)).Is(200);

        Task<Reply> AlternateAsync(int change) => host.BeatAsync("r1", ("status", change % 2 == 1 ? "\"paused\"" : "\"running\""));
    }

    [Fact]
    public async Task A_tolerant_host_answers_202_to_a_heartbeat_without_a_beat_that_comes_too_soon()
    {
        await using var host = await TestHost.StartAsync(options => options.Heartbeats.Tolerant = true);
        await host.CreateRunAsync();
        (await host.BeatAsync()).Is(200);
        host.Clock.Advance(TimeSpan.FromSeconds(1));

        var reply = (await host.BeatAsync("r1", ("step", "11"))).Is(202);

        Assert.Equal("""{"stored":false,"code":"heartbeat_throttled","retry_after":3.5}""", reply.Body);
        Assert.Equal(10, (await host.GetAsync("runs/r1"))["current_step"].GetInt64());
        (await host.BeatAsync("r1", ("step", "11"), ("beat", "1"))).Refused(429, "heartbeat_throttled");
        (await host.BeatAsync("r1", ("step", "1"))).Refused(409, "step_regression");

        var batch = (await host.PostAsync("heartbeats", $"[{Beats.Valid()},{Beats.Valid("r1", ("beat", "1"))}]")).Is(200)["results"];
        Assert.Equal("""{"status":202,"stored":false,"code":"heartbeat_throttled","retry_after":3.5}""", batch[0].GetRawText());
        Assert.Equal(429, batch[1].GetProperty("status").GetInt32());
    }

    [Fact]
    public async Task Largest_step_and_checkpoint_are_2_to_the_53_less_1()
    {
        await using var host = await TestHost.StartAsync();
        await host.CreateRunAsync();

        var reply = await host.PostAsync(
            "runs/r1/heartbeat", Beats.Valid(changes: [("step", "9007199254740991"), ("checkpoint_version", "9007199254740991"), ("beat", "9007199254740991")]));

        Assert.Equal(9_007_199_254_740_991, reply.Is(200)["current_step"].GetInt64());
    }

    [Fact]
    public async Task The_first_refusal_of_each_code_is_kept()
    {
        await using var host = await TestHost.StartAsync();
        await host.RunningAsync();

        await host.PostAsync("runs/r1/heartbeat", "nonsense");
        var revision = (await host.GetAsync("runs/r1"))["revision"].GetInt64();
        await host.PostAsync("runs/r1/heartbeat", "nonsense");

        Assert.Equal(revision, (await host.GetAsync("runs/r1"))["revision"].GetInt64());
        await host.BeatAsync("r1", ("step", "1"));
        Assert.Equal("step_regression", (await host.GetAsync("runs/r1"))["last_refusal"].GetProperty("code").GetString());
        Assert.Equal(2, (await host.EventsAsync("r1")).Count(told => told.Type == EventType.RunHeartbeatRefused));
    }

    [Fact]
    public async Task A_new_attempt_keeps_its_own_first_refusals()
    {
        await using var host = await TestHost.StartAsync();
        await host.RunningAsync();
        await host.PostAsync("runs/r1/heartbeat", "nonsense");

        (await host.StartAttemptAsync()).Is(201);
        await host.PostAsync("runs/r1/heartbeat", "nonsense");

        Assert.Equal([1, 2], (await host.EventsAsync("r1")).Where(told => told.Type == EventType.RunHeartbeatRefused).Select(told => told.Attempt));
    }

    private static string Padded(int bytes)
    {
        var empty = Beats.Valid(changes: ("other", "\"\""));
        return Beats.Valid(changes: ("other", $"\"{new string('x', bytes - empty.Length)}\""));
    }

    private static ChunkedContent Chunked(HttpContent inner) => new(inner);
}
