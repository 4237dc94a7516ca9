using Orchestrator.AspNetCore.Tests.Http;

namespace Orchestrator.AspNetCore.Tests.Heartbeats;

/// <summary>The answer to a heartbeat is the run as every other answer has it, byte for byte.</summary>
public sealed class HeartbeatAnswerTests
{
    private const string Everything = """
        ,"launch_manifest":{"lr":1.10,"text":"<é>\u0007","deep":[1,{"a":null}]},"overrides":{"b":[]},"priority":-3,"created_by":"ada \"&\"",
        "labels":{"gpu":"a<100>","zone":"münchen \u2603"},"health_policy":{"stale_after":1.5,"stalled_after":0}
        """;

    [Fact]
    public async Task A_run_with_nothing_but_its_ids()
    {
        await using var host = await TestHost.StartAsync();
        await host.CreateRunAsync();

        await SameAsync(host);
    }

    [Fact]
    public async Task A_run_with_everything()
    {
        await using var host = await TestHost.StartAsync();
        await host.CreateRunAsync(more: Everything);
        (await host.ClaimAsync("w-1 é", ""","labels":{"gpu":"a<100>"}""")).Is(200);
        await SameAsync(host, ("notes", "\"<warm> \\u0007\\n\\ud83d\\ude80\""), ("metrics", """{"a\"b":NaN,"c":-Infinity,"d":1e-7,"é":3}"""), ("loss", "Infinity"));
        (await host.BeatAsync("r1", ("attempt", "1"), ("step", "3"))).Is(409);
        (await host.CommandAsync("tune", "t1")).Is(202);
        (await host.AckAsync("t1", """{"applied":{"learning_rate":0.125,"batch_size":64}}""")).Is(200);
        (await host.PostAsync("runs/r1/snooze", $$"""{"actor":{{TestHost.Ada}},"until":"2026-03-01T13:00:00.123456Z","reason":"holiday"}""")).Is(200);

        await SameAsync(host, ("samples_per_sec", "123456789.123"), ("metrics", "{}"), ("checkpoint_uri", "\"s3://c/2?a=b&c='d'\""));
        await SameAsync(host, ("status", "\"paused\""), ("loss", "-0.0"));
    }

    [Fact]
    public async Task A_run_in_the_answer_to_a_batch()
    {
        await using var host = await TestHost.StartAsync();
        await host.CreateRunAsync(more: Everything);
        await host.CreateRunAsync("r2");

        var answer = (await host.PostAsync("heartbeats", $"[{Beats.Valid()},{Beats.Valid("r2", ("step", "-1"))},{Beats.Valid("r2")}]")).Is(200);

        Assert.Equal(
            (await host.GetAsync("runs")).Is(200)["runs"].EnumerateArray().Select(run => run.GetRawText()).Reverse(),
            answer["results"].EnumerateArray().Where(result => result.GetProperty("status").GetInt32() == 200).Select(result => result.GetProperty("run").GetRawText()));
        Assert.Equal(["status", "error"], answer["results"][1].EnumerateObject().Select(member => member.Name));
        Assert.Equal("validation_failed", answer["results"][1].GetProperty("error").GetProperty("code").GetString());
    }

    private static async Task SameAsync(TestHost host, params (string Member, string? Json)[] changes)
    {
        await host.PassAsync(TimeSpan.FromSeconds(10));
        var answer = (await host.PostAsync("runs/r1/heartbeat?include=manifest", Beats.Valid(changes: [("attempt", "1"), .. changes]))).Is(200);

        Assert.Equal((await host.GetAsync("runs/r1")).Is(200).Body, answer.Body);
    }
}
