using System.Text.Json;
using Orchestrator.AspNetCore.Tests.Http;

namespace Orchestrator.AspNetCore.Tests.Runs;

/// <summary><c>POST /runs</c>: contract section 4.</summary>
public sealed class RunCreationTests(SharedHost shared) : IClassFixture<SharedHost>
{
    private const string Required = "\"experiment_id\":\"e1\",\"version_id\":\"v1\"";

    private readonly TestHost _host = shared.Host;

    [Fact]
    public async Task New_is_201_with_the_run_and_its_location()
    {
        var id = shared.NewId();

        var reply = await _host.PostAsync(
            "runs",
            $$"""
            {"id":"{{id}}",{{Required}},"launch_manifest":{"lr":0.1},"overrides":{"seed":7},"labels":{"team":"vision","tier":""},"priority":-3,
            "health_policy":{"stale_after":5,"unresponsive_after":10.5,"stalled_after":0},"created_by":"ada"}
            """);

        Assert.Equal($"/api/v1/runs/{id}", reply.Is(201).Headers["Location"]);
        Assert.Equal(id, reply["id"].GetString());
        Assert.Equal("e1", reply["experiment_id"].GetString());
        Assert.Equal("v1", reply["version_id"].GetString());
        Assert.Equal("queued", reply["state"].GetString());
        Assert.Equal("""{"team":"vision","tier":""}""", reply["labels"].GetRawText());
        Assert.Equal(-3, reply["priority"].GetInt32());
        Assert.Equal("""{"stale_after":5,"unresponsive_after":10.5,"stalled_after":0}""", reply["health_policy"].GetRawText());
        Assert.Equal("ada", reply["created_by"].GetString());
        Assert.Equal("""{"lr":0.1}""", (await _host.GetAsync(reply.Headers["Location"])).Is(200)["launch_manifest"].GetRawText());
        var first = (await _host.GetAsync($"runs/{id}/transitions"))["transitions"].EnumerateArray().Single();
        Assert.Equal(
            """{"sequence":1,"from_state":null,"to_state":"queued","changed_by":"ada","reason":null,"attempt":1,"created_at":"2026-03-01T12:00:00Z"}""",
            first.GetRawText());
    }

    [Fact]
    public async Task With_only_what_is_required_everything_else_has_its_default()
    {
        var reply = (await _host.PostAsync("runs", $"{{{Required}}}")).Is(201);

        Assert.Equal(7, Guid.Parse(reply["id"].GetString()!).Version);
        Assert.Equal("/api/v1/runs/" + reply["id"].GetString(), reply.Headers["Location"]);
        var run = await _host.GetAsync(reply.Headers["Location"]);
        Assert.Equal(0, run["priority"].GetInt32());
        Assert.Equal(1, run["attempt"].GetInt32());
        Assert.Equal("healthy", run["health_status"].GetString());
        Assert.Equal("{}", run["labels"].GetRawText());
        Assert.Equal("{}", run["launch_manifest"].GetRawText());
        Assert.Equal("{}", run["overrides"].GetRawText());
        foreach (var member in new[] { "runtime_status", "worker_id", "loss", "metrics", "started_at", "ended_at", "end_reason", "created_by", "health_policy", "last_refusal" })
        {
            Assert.Equal(JsonValueKind.Null, run[member].ValueKind);
        }
    }

    [Theory]
    [InlineData(""","labels":{"a":"1","b":"2"},"launch_manifest":{"x":0.5,"y":[1]}""", """, "launch_manifest" : { "y" : [ 1.0 ], "x" : 5e-1 }, "labels" : { "b":"2","a":"\u0031" }""")]
    [InlineData("", ""","priority":0,"labels":{},"launch_manifest":{},"overrides":null,"created_by":null""")]
    public async Task Same_id_with_the_same_content_is_200_with_the_existing_run(string first, string again)
    {
        var id = await _host.CreateRunAsync(shared.NewId(), first);
        await _host.BeatAsync(id);

        var reply = await _host.PostAsync("runs", $$"""{"id":"{{id}}",{{Required}}{{again}}}""");

        Assert.Equal("running", reply.Is(200)["state"].GetString());
        Assert.Equal($"/api/v1/runs/{id}", reply.Headers["Location"]);
    }

    [Theory]
    [InlineData("\"experiment_id\":\"e2\",\"version_id\":\"v1\"")]
    [InlineData("\"experiment_id\":\"e1\",\"version_id\":\"v2\"")]
    [InlineData(Required + ",\"priority\":1")]
    [InlineData(Required + ",\"labels\":{\"a\":\"1\"}")]
    [InlineData(Required + ",\"launch_manifest\":{\"a\":1}")]
    [InlineData(Required + ",\"overrides\":{\"a\":1}")]
    [InlineData(Required + ",\"health_policy\":{\"stale_after\":5}")]
    [InlineData(Required + ",\"created_by\":\"bob\"")]
    public async Task Same_id_with_other_content_is_409(string other)
    {
        var id = await _host.CreateRunAsync(shared.NewId());

        (await _host.PostAsync("runs", $$"""{"id":"{{id}}",{{other}}}""")).Refused(409, "run_id_conflict");
    }

    [Theory]
    [InlineData("\"version_id\":\"v1\"", "experiment_id")]
    [InlineData("\"experiment_id\":\"e1\"", "version_id")]
    [InlineData("\"experiment_id\":null,\"version_id\":\"v1\"", "experiment_id")]
    [InlineData("\"experiment_id\":\"\",\"version_id\":\"v1\"", "experiment_id")]
    [InlineData("\"experiment_id\":\"a/b\",\"version_id\":\"v1\"", "experiment_id")]
    [InlineData(Required + ",\"id\":\"\"", "id")]
    [InlineData(Required + ",\"id\":\".\"", "id")]
    [InlineData(Required + ",\"id\":\"..\"", "id")]
    [InlineData(Required + ",\"id\":\"é\"", "id")]
    [InlineData(Required + ",\"launch_manifest\":[]", "launch_manifest")]
    [InlineData(Required + ",\"launch_manifest\":\"x\"", "launch_manifest")]
    [InlineData(Required + ",\"launch_manifest\":{\"a\":[\"\\u0000\"]}", "launch_manifest")]
    [InlineData(Required + ",\"launch_manifest\":{\"a\\u0000\":1}", "launch_manifest")]
    [InlineData(Required + ",\"overrides\":5", "overrides")]
    [InlineData(Required + ",\"overrides\":{\"a\":\"\\ud800\"}", "overrides")]
    [InlineData(Required + ",\"labels\":{\"\":\"x\"}", "labels")]
    [InlineData(Required + ",\"labels\":{\"a:b\":\"x\"}", "labels")]
    [InlineData(Required + ",\"labels\":{\"a\":null}", "labels")]
    [InlineData(Required + ",\"labels\":{\"a\":\"\\u0000\"}", "labels")]
    [InlineData(Required + ",\"created_by\":\"\\u0000\"", "created_by")]
    [InlineData(Required + ",\"health_policy\":{\"stale_after\":0}", "health_policy.stale_after")]
    [InlineData(Required + ",\"health_policy\":{\"stale_after\":-1}", "health_policy.stale_after")]
    [InlineData(Required + ",\"health_policy\":{\"stale_after\":10,\"unresponsive_after\":10}", "health_policy.unresponsive_after")]
    [InlineData(Required + ",\"health_policy\":{\"stalled_after\":-1}", "health_policy.stalled_after")]
    [InlineData(Required + ",\"health_policy\":{\"stale_after\":1e300}", "health_policy.stale_after")]
    [InlineData(Required + ",\"health_policy\":{\"unresponsive_after\":31536001}", "health_policy.unresponsive_after")]
    [InlineData(Required + ",\"health_policy\":{\"stalled_after\":1e12}", "health_policy.stalled_after")]
    public async Task What_breaks_a_rule_is_422_and_names_the_member(string members, string faulty)
    {
        Assert.Equal([faulty], (await _host.PostAsync("runs", $"{{{members}}}")).Refused(422, "validation_failed").Faulty);
    }

    [Fact]
    public async Task Limits_of_ids_and_labels_are_inclusive()
    {
        static string Labels(int count, int key, int value) =>
            string.Join(',', Enumerable.Range(0, count).Select(i => $"\"{i.ToString("D2", null).PadLeft(key, 'k')}\":\"{new string('v', value)}\""));
        static string Run(string id, string labels) => $$"""{"id":"{{id}}","experiment_id":"{{id}}","version_id":"v1","labels":{ {{labels}} } }""";
        var longest = new string('i', 128);

        (await _host.PostAsync("runs", Run(longest, Labels(64, 63, 256)))).Is(201);
        Assert.Equal(["experiment_id", "id"], (await _host.PostAsync("runs", Run(longest + "i", ""))).Refused(422, "validation_failed").Faulty);
        foreach (var labels in new[] { Labels(65, 2, 1), Labels(1, 64, 1), Labels(1, 2, 257) })
        {
            Assert.Equal(["labels"], (await _host.PostAsync("runs", Run(shared.NewId(), labels))).Refused(422, "validation_failed").Faulty);
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("{" + Required + ",\"priority\":\"1\"}")]
    [InlineData("{" + Required + ",\"priority\":1.5}")]
    [InlineData("{" + Required + ",\"priority\":2147483648}")]
    [InlineData("{" + Required + ",\"labels\":[]}")]
    [InlineData("{" + Required + ",\"labels\":{\"a\":1}}")]
    [InlineData("{" + Required + ",\"labels\":{\"a\":\"1\",\"a\":\"1\"}}")]
    [InlineData("{" + Required + ",\"launch_manifest\":{\"a\":1,\"a\":1}}")]
    [InlineData("{" + Required + ",\"launch_manifest\":{\"a\":{\"b\":[{\"c\":1,\"c\":2}]}}}")]
    [InlineData("{" + Required + ",\"launch_manifest\":{\"a\":NaN}}")]
    [InlineData("{" + Required + ",\"health_policy\":{\"stale_after\":1e999}}")]
    [InlineData("{" + Required + ",\"health_policy\":{\"stale_after\":\"5\"}}")]
    [InlineData("{" + Required + ",\"id\":5}")]
    public async Task What_cannot_be_read_is_400(string body) =>
        (await _host.PostAsync("runs", body)).Refused(400, "invalid_json");

    [Fact]
    public async Task A_body_of_256_KiB_is_taken_and_a_byte_more_is_413()
    {
        const int limit = 256 * 1024;
        var start = $$"""{"id":"{{shared.NewId()}}",{{Required}},"launch_manifest":{"blob":""";
        var body = start + $"\"{new string('b', limit - start.Length - 4)}\"}}}}";

        Assert.Equal(limit, body.Length);
        (await _host.PostAsync("runs", body)).Is(201);
        Assert.Equal(limit, (await _host.PostAsync("runs", body + " ")).Refused(413, "payload_too_large").Details.GetProperty("limit").GetInt32());
        (await _host.SendAsync(HttpMethod.Post, "runs", new ChunkedContent(TestHost.Json(body + " ")))).Refused(413, "payload_too_large");
    }

    [Theory]
    [InlineData("1.10")]
    [InlineData("1e2")]
    [InlineData("1E+2")]
    [InlineData("-0")]
    [InlineData("0.30000000000000004")]
    [InlineData("123456789012345678901234567890")]
    [InlineData("1e400")]
    [InlineData("-1.7976931348623157e308")]
    public async Task Numbers_of_manifest_and_overrides_read_back_digit_for_digit(string number)
    {
        var json = $$"""{"n":{{number}},"a":[{{number}}]}""";
        var id = await _host.CreateRunAsync(shared.NewId(), $",\"launch_manifest\":{json},\"overrides\":{json}");

        var run = await _host.GetAsync($"runs/{id}");

        Assert.Equal(json, run["launch_manifest"].GetRawText());
        Assert.Equal(json, run["overrides"].GetRawText());
    }

    [Fact]
    public async Task Text_of_a_manifest_reads_back_equal()
    {
        const string json = """{"é\n":"\u00e9 \ud83d\ude00 \" \\ / <&>","":null,"nested":{"deep":[[],{},true]}}""";
        var id = await _host.CreateRunAsync(shared.NewId(), $",\"launch_manifest\":{json}");

        Assert.True(JsonElement.DeepEquals(JsonElement.Parse(json), (await _host.GetAsync($"runs/{id}"))["launch_manifest"]));
    }
}
