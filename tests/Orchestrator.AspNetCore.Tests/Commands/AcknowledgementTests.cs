using System.Text.Json;
using Orchestrator.AspNetCore.Tests.Http;

namespace Orchestrator.AspNetCore.Tests.Commands;

/// <summary>Acknowledgements of commands: contract section 3.</summary>
public sealed class AcknowledgementTests
{
    private const string Rejected = """{"outcome":"rejected","reason":"busy"}""";

    [Fact]
    public async Task Without_a_body_the_command_is_applied()
    {
        await using var host = await TestHost.StartAsync();
        await host.RunningAsync();
        await host.CommandAsync("pause", "c1");

        var reply = (await host.AckAsync("c1")).Is(200);

        Assert.Equal("applied", reply["status"].GetString());
        Assert.Equal("applied", reply["acknowledgement"].GetProperty("outcome").GetString());
        Assert.Equal("2026-03-01T12:00:10Z", reply["acknowledged_at"].GetString());
        Assert.Equal("2026-03-01T12:00:10Z", reply["delivered_at"].GetString());
        Assert.Equal(reply.Body, (await host.ReadCommandAsync("c1")).Body);
    }

    [Fact]
    public async Task It_keeps_what_it_says_and_when_the_command_was_delivered()
    {
        await using var host = await TestHost.StartAsync();
        await host.RunningAsync();
        await host.CommandAsync("tune", "c1");
        await host.NextAsync();
        host.Clock.Advance(TimeSpan.FromSeconds(2));

        var reply = (await host.AckAsync("c1", """{"outcome":"applied","reason":"ok","applied":{"learning_rate":0.4},"step":12,"attempt":1}""")).Is(200);

        Assert.Equal("2026-03-01T12:00:10Z", reply["delivered_at"].GetString());
        Assert.Equal("2026-03-01T12:00:12Z", reply["acknowledged_at"].GetString());
        Assert.Equal("""{"outcome":"applied","reason":"ok","applied":{"learning_rate":0.4},"step":12,"attempt":1}""", reply["acknowledgement"].GetRawText());
    }

    [Theory]
    [InlineData("running", "pause", "paused")]
    [InlineData("provisioning", "pause", "paused")]
    [InlineData("paused", "resume", "running")]
    [InlineData("running", "tune", "running")]
    [InlineData("running", "terminate", "terminating")]
    public async Task Applied_moves_the_run_as_the_command_says(string state, string type, string to)
    {
        await using var host = await TestHost.StartAsync();
        await host.InStateAsync(state);
        await host.CommandAsync(type, "c1");
        Assert.Equal(type == "terminate" ? to : state, await host.StateAsync());

        (await host.AckAsync("c1")).Is(200);

        Assert.Equal(to, await host.StateAsync());
    }

    [Theory]
    [InlineData("running", "pause")]
    [InlineData("paused", "resume")]
    [InlineData("running", "tune")]
    [InlineData("running", "terminate")]
    public async Task Rejected_moves_nothing(string state, string type)
    {
        await using var host = await TestHost.StartAsync();
        await host.InStateAsync(state);
        await host.CommandAsync(type, "c1");

        var reply = (await host.AckAsync("c1", Rejected)).Is(200);

        Assert.Equal("rejected", reply["status"].GetString());
        Assert.Equal("busy", reply["acknowledgement"].GetProperty("reason").GetString());
        Assert.Equal(type == "terminate" ? "terminating" : state, await host.StateAsync());
        Assert.Empty((await host.GetAsync("runs/r1"))["tuned"].EnumerateObject());
    }

    [Theory]
    [InlineData(null, null)]
    [InlineData(null, "{}")]
    [InlineData(null, """{"outcome":"applied","reason":"again","step":99}""")]
    [InlineData(Rejected, Rejected)]
    [InlineData(Rejected, """{"outcome":"rejected"}""")]
    public async Task The_same_again_is_200_and_changes_nothing(string? first, string? again)
    {
        await using var host = await TestHost.StartAsync();
        await host.RunningAsync();
        await host.CommandAsync("pause", "c1");
        var before = (await host.AckAsync("c1", first)).Is(200);
        var revision = (await host.GetAsync("runs/r1"))["revision"].GetInt64();
        host.Clock.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal(before.Body, (await host.AckAsync("c1", again)).Is(200).Body);
        Assert.Equal(revision, (await host.GetAsync("runs/r1"))["revision"].GetInt64());
    }

    [Theory]
    [InlineData(null, Rejected)]
    [InlineData(Rejected, null)]
    [InlineData("""{"applied":{"learning_rate":0.4}}""", """{"applied":{"learning_rate":0.3}}""")]
    public async Task A_contradicting_one_is_409(string? first, string? second)
    {
        await using var host = await TestHost.StartAsync();
        await host.RunningAsync();
        await host.CommandAsync("tune", "c1");
        (await host.AckAsync("c1", first)).Is(200);

        (await host.AckAsync("c1", second)).Refused(409, "ack_conflict");
    }

    [Fact]
    public async Task An_unknown_command_or_run_is_404()
    {
        await using var host = await TestHost.StartAsync();
        await host.RunningAsync();

        (await host.AckAsync("c1")).Refused(404, "command_not_found");
        (await host.AckAsync("c%20 1")).Refused(404, "command_not_found");
        (await host.AckAsync("c1", run: "unknown")).Refused(404, "run_not_found");
    }

    [Fact]
    public async Task A_stale_attempt_is_409_and_one_to_come_422()
    {
        await using var host = await TestHost.StartAsync();
        await host.RunningAsync();
        await host.CommandAsync("pause", "c1");
        await host.StartAttemptAsync();

        Assert.Equal(2, (await host.AckAsync("c1", """{"attempt":1}""")).Refused(409, "stale_attempt").Details.GetProperty("current_attempt").GetInt32());
        (await host.AckAsync("c1", """{"attempt":3}""")).Refused(422, "unknown_attempt");
        (await host.AckAsync("c1", """{"attempt":2}""")).Is(200);
    }

    [Fact]
    public async Task Of_a_superseded_command_it_is_recorded_and_changes_no_state()
    {
        await using var host = await TestHost.StartAsync();
        await host.RunningAsync();
        await host.CommandAsync("pause", "c1");
        await host.CommandAsync("resume", "c2");

        var reply = (await host.AckAsync("c1")).Is(200);

        Assert.Equal("superseded", reply["status"].GetString());
        Assert.Equal("applied", reply["acknowledgement"].GetProperty("outcome").GetString());
        Assert.Equal("running", await host.StateAsync());
    }

    [Fact]
    public async Task Of_an_expired_command_it_is_recorded_and_changes_no_state()
    {
        await using var host = await TestHost.StartAsync();
        await host.RunningAsync();
        await host.CommandAsync("pause", "c1", more: ""","expires_at":"2026-03-01T12:00:11Z" """);
        host.Clock.Advance(TimeSpan.FromSeconds(2));
        (await host.NextAsync()).Is(204);

        Assert.Equal("expired", (await host.AckAsync("c1")).Is(200)["status"].GetString());
        Assert.Equal("running", await host.StateAsync());
    }

    [Fact]
    public async Task After_the_end_of_the_run_it_is_recorded_and_changes_nothing()
    {
        await using var host = await TestHost.StartAsync();
        await host.RunningAsync();
        await host.CommandAsync("tune", "c1");
        await host.NextAsync();
        await host.MoveAsync("r1", "completed");

        var reply = (await host.AckAsync("c1")).Is(200);

        Assert.Equal("superseded", reply["status"].GetString());
        Assert.Equal("2026-03-01T12:00:10Z", reply["acknowledged_at"].GetString());
        var run = await host.GetAsync("runs/r1");
        Assert.Equal("completed", run["state"].GetString());
        Assert.Empty(run["tuned"].EnumerateObject());
        (await host.AckAsync("c1", Rejected)).Refused(409, "ack_conflict");
    }

    [Theory]
    [InlineData("""{"outcome":"maybe"}""", "outcome")]
    [InlineData("""{"step":-1}""", "step")]
    [InlineData("""{"reason":"a\u0000"}""", "reason")]
    [InlineData("""{"applied":{"":1}}""", "applied")]
    public async Task What_breaks_a_rule_is_422(string body, string member)
    {
        await using var host = await TestHost.StartAsync();
        await host.RunningAsync();
        await host.CommandAsync("tune", "c1");

        Assert.Equal([member], (await host.AckAsync("c1", body)).Refused(422, "validation_failed").Faulty);
        Assert.Equal(JsonValueKind.Null, (await host.ReadCommandAsync("c1"))["acknowledged_at"].ValueKind);
    }

    [Theory]
    [InlineData("nonsense")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData(" ")]
    [InlineData("""{"outcome":5}""")]
    [InlineData("""{"step":1.5}""")]
    [InlineData("""{"step":9007199254740992}""")]
    [InlineData("""{"applied":{"learning_rate":"NaN"}}""")]
    [InlineData("""{"applied":{"learning_rate":1e999}}""")]
    [InlineData("""{"outcome":"applied","outcome":"applied"}""")]
    public async Task What_cannot_be_read_is_400(string body)
    {
        await using var host = await TestHost.StartAsync();
        await host.RunningAsync();
        await host.CommandAsync("tune", "c1");

        (await host.AckAsync("c1", body)).Refused(400, "invalid_json");
    }

    [Fact]
    public async Task An_empty_body_is_no_body_whatever_its_content_type()
    {
        await using var host = await TestHost.StartAsync();
        await host.RunningAsync();
        await host.CommandAsync("tune", "c1");

        (await host.SendAsync(HttpMethod.Post, "runs/r1/commands/c1/ack", TestHost.Json("", "text/plain"))).Is(200);
        (await host.SendAsync(HttpMethod.Post, "runs/r1/commands/c1/ack", TestHost.Json("", null))).Is(200);
        (await host.SendAsync(HttpMethod.Post, "runs/r1/commands/c1/ack", TestHost.Json("{}", "text/plain"))).Refused(415, "unsupported_media_type");
    }
}
