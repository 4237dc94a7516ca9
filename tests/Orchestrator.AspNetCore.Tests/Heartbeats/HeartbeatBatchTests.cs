using System.Text.Json;
using Orchestrator.AspNetCore.Tests.Http;

namespace Orchestrator.AspNetCore.Tests.Heartbeats;

/// <summary>Many heartbeats in one request, <c>POST /heartbeats</c>: contract section 2.</summary>
public sealed class HeartbeatBatchTests
{
    [Fact]
    public async Task Faults_that_many_items_share_are_listed_once()
    {
        await using var host = await TestHost.StartAsync();

        var reply = (await host.PostAsync("heartbeats", "[" + string.Join(',', Enumerable.Repeat("{}", 999)) + ",{\"run_id\":\"r\"}]")).Is(200);

        var results = reply["results"].EnumerateArray().Select(item => item.GetProperty("error")).ToArray();
        Assert.Equal(1_000, results.Length);
        Assert.Equal(6, results[0].GetProperty("details").GetProperty("errors").EnumerateObject().Count());
        Assert.All(results[1..999], error => Assert.Equal("{\"same_as\":0}", error.GetProperty("details").GetRawText()));
        Assert.Equal(5, results[999].GetProperty("details").GetProperty("errors").EnumerateObject().Count());
        Assert.InRange(reply.Body.Length, 0, 150_000);
    }

    [Fact]
    public async Task Results_come_one_an_item_in_order_and_one_bad_item_never_fails_the_others()
    {
        await using var host = await TestHost.StartAsync();
        await host.CreateRunAsync("a");
        await host.RunningAsync("b");
        await host.InStateAsync("completed", "c");
        var deep = new string('[', 40) + new string(']', 40);

        var results = await SendAsync(
            host,
            Beats.Valid("a"),
            Beats.Valid("b", ("step", "1")),
            Beats.Valid("c"),
            Beats.Valid("unknown"),
            Beats.Valid("b", ("status", null)),
            Beats.Valid("b", ("step", "\"x\"")),
            Beats.Valid("b", ("loss", "1e400")),
            Beats.Valid("b", ("other", deep)),
            "5",
            "null",
            "{}",
            """{"step":1,"step":1}""",
            Beats.Valid("b", ("step", "11")));

        Assert.Equal(
            [
                "200", "409 step_regression", "409 run_ended", "404 run_not_found", "422 validation_failed", "400 invalid_json", "400 invalid_json",
                "400 invalid_json", "400 invalid_json", "400 invalid_json", "422 validation_failed", "400 invalid_json", "200",
            ],
            results.Select(Outcome));
        Assert.Equal("a", results[0].GetProperty("run").GetProperty("id").GetString());
        Assert.Equal(11, results[12].GetProperty("run").GetProperty("current_step").GetInt64());
        Assert.False(results[0].GetProperty("run").TryGetProperty("launch_manifest", out _));
        Assert.Equal(10, results[1].GetProperty("error").GetProperty("details").GetProperty("current").GetInt64());
        Assert.NotEmpty(results[1].GetProperty("error").GetProperty("message").GetString()!);
    }

    [Fact]
    public async Task Two_for_one_run_are_taken_in_their_order()
    {
        await using var host = await TestHost.StartAsync(options => options.Heartbeats.MinInterval = TimeSpan.Zero);
        await host.CreateRunAsync("a");
        await host.CreateRunAsync("b");

        var results = await SendAsync(
            host, Beats.Valid("a", ("step", "20")), Beats.Valid("b"), Beats.Valid("a", ("step", "19")), Beats.Valid("a", ("step", "21")), Beats.Valid("b"));

        Assert.Equal(["200", "200", "409 step_regression", "200", "200"], results.Select(Outcome));
        Assert.Equal(21, (await host.GetAsync("runs/a"))["current_step"].GetInt64());
        Assert.Equal(2, (await host.GetAsync("runs/b"))["heartbeats"].GetInt64());
    }

    [Fact]
    public async Task The_second_of_two_for_one_run_may_be_throttled()
    {
        await using var host = await TestHost.StartAsync();
        await host.CreateRunAsync("a");

        Assert.Equal(["200", "429 heartbeat_throttled"], (await SendAsync(host, Beats.Valid("a"), Beats.Valid("a"))).Select(Outcome));
    }

    [Fact]
    public async Task Numbers_that_are_not_finite_may_be_bare()
    {
        await using var host = await TestHost.StartAsync();
        await host.CreateRunAsync("a");
        await host.CreateRunAsync("b");

        var results = await SendAsync(
            host, Beats.Valid("a", ("loss", "NaN"), ("metrics", """{"x":-Infinity}""")), Beats.Valid("b", ("loss", "\"Infinity\"")));

        Assert.Equal("NaN", results[0].GetProperty("run").GetProperty("loss").GetString());
        Assert.Equal("-Infinity", results[0].GetProperty("run").GetProperty("metrics").GetProperty("x").GetString());
        Assert.Equal("Infinity", results[1].GetProperty("run").GetProperty("loss").GetString());
    }

    [Fact]
    public async Task A_thousand_are_taken()
    {
        await using var host = await TestHost.StartAsync();
        await host.CreateRunAsync("a");

        var results = await SendAsync(host, [.. Enumerable.Range(0, 1_000).Select(i => Beats.Valid(i == 999 ? "a" : "unknown"))]);

        Assert.Equal(1_000, results.Length);
        Assert.Equal("200", Outcome(results[^1]));
    }

    [Fact]
    public async Task A_thousand_and_one_are_422_and_none_is_taken()
    {
        await using var host = await TestHost.StartAsync();
        await host.CreateRunAsync("a");

        var reply = await host.PostAsync("heartbeats", Batch([.. Enumerable.Range(0, 1_001).Select(_ => Beats.Valid("a"))]));

        reply.Refused(422, "validation_failed");
        Assert.Equal(0, (await host.GetAsync("runs/a"))["heartbeats"].GetInt64());
    }

    [Fact]
    public async Task An_empty_array_is_200_without_results()
    {
        await using var host = await TestHost.StartAsync();

        Assert.Empty(await SendAsync(host));
    }

    [Fact]
    public async Task A_body_of_4_MiB_is_taken_and_a_byte_more_is_413()
    {
        await using var host = await TestHost.StartAsync();
        await host.CreateRunAsync("a");
        var body = Batch([Beats.Valid("a")]).PadRight(4 * 1024 * 1024);

        (await host.PostAsync("heartbeats", body)).Is(200);
        Assert.Equal(4_194_304, (await host.PostAsync("heartbeats", body + " ")).Refused(413, "payload_too_large").Details.GetProperty("limit").GetInt64());
        (await host.SendAsync(HttpMethod.Post, "heartbeats", new ChunkedContent(TestHost.Json(body + " "), 64_000))).Refused(413, "payload_too_large");
    }

    [Fact]
    public async Task An_item_of_32_KiB_is_taken_and_one_that_is_a_byte_larger_is_413_and_fails_alone()
    {
        await using var host = await TestHost.StartAsync();
        await host.CreateRunAsync("a");
        await host.CreateRunAsync("b");
        await host.CreateRunAsync("c");

        var results = await SendAsync(host, Padded("a", 32_768), Padded("b", 32_769), Beats.Valid("c"));

        Assert.Equal(["200", "413 payload_too_large", "200"], results.Select(Outcome));
        Assert.Equal(32_768, results[1].GetProperty("error").GetProperty("details").GetProperty("limit").GetInt64());
        Assert.Equal(0, (await host.GetAsync("runs/b"))["heartbeats"].GetInt64());
    }

    [Fact]
    public async Task An_item_has_the_limit_that_the_host_sets_for_one_heartbeat()
    {
        await using var host = await TestHost.StartAsync(options => options.Heartbeats.MaxBodyBytes = 2_000);
        await host.CreateRunAsync("a");
        await host.CreateRunAsync("b");

        Assert.Equal(["200", "413 payload_too_large"], (await SendAsync(host, Padded("a", 2_000), Padded("b", 2_001))).Select(Outcome));
    }

    [Fact]
    public async Task An_item_that_cannot_be_read_is_noted_for_the_run_that_it_names()
    {
        await using var host = await TestHost.StartAsync();
        await host.CreateRunAsync("large");
        await host.CreateRunAsync("wrong");
        await host.CreateRunAsync("sound");

        var results = await SendAsync(
            host, Padded("large", 40_000), Beats.Valid("wrong", ("step", "\"x\"")), Beats.Valid("unknown", ("step", "\"x\"")), """{"run_id":7,"step":"x"}""", Beats.Valid("sound"));

        Assert.Equal(["413 payload_too_large", "400 invalid_json", "400 invalid_json", "400 invalid_json", "200"], results.Select(Outcome));
        Assert.Equal("payload_too_large", (await host.GetAsync("runs/large"))["last_refusal"].GetProperty("code").GetString());
        Assert.Equal("invalid_json", (await host.GetAsync("runs/wrong"))["last_refusal"].GetProperty("code").GetString());
        Assert.Equal(JsonValueKind.Null, (await host.GetAsync("runs/sound"))["last_refusal"].ValueKind);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{}")]
    [InlineData("null")]
    [InlineData("5")]
    [InlineData("[")]
    [InlineData("[{}")]
    [InlineData("[{},]")]
    [InlineData("[{}] []")]
    [InlineData("[nonsense]")]
    public async Task Anything_but_an_array_is_400(string body)
    {
        await using var host = await TestHost.StartAsync();

        (await host.PostAsync("heartbeats", body)).Refused(400, "invalid_json");
    }

    [Fact]
    public async Task Another_content_type_is_415()
    {
        await using var host = await TestHost.StartAsync();

        (await host.SendAsync(HttpMethod.Post, "heartbeats", TestHost.Json("[]", "text/plain"))).Refused(415, "unsupported_media_type");
    }

    /// <summary>A valid heartbeat of so many bytes.</summary>
    private static string Padded(string run, int bytes)
    {
        var bare = Beats.Valid(run, ("other", "\"\""));
        return Beats.Valid(run, ("other", $"\"{new string('x', bytes - bare.Length)}\""));
    }

    private static string Batch(params string[] items) => $"[{string.Join(',', items)}]";

    private static async Task<JsonElement[]> SendAsync(TestHost host, params string[] items) =>
        [.. (await host.PostAsync("heartbeats", Batch(items))).Is(200)["results"].EnumerateArray()];

    private static string Outcome(JsonElement result) => result.GetProperty("status").GetInt32() == 200
        ? "200"
        : $"{result.GetProperty("status").GetInt32()} {result.GetProperty("error").GetProperty("code").GetString()}";
}
