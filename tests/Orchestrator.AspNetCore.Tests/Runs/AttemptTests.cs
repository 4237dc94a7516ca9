using System.Text.Json;
using Orchestrator.AspNetCore.Tests.Http;

namespace Orchestrator.AspNetCore.Tests.Runs;

/// <summary><c>POST /runs/{id}/attempts</c>: contract section 4.</summary>
public sealed class AttemptTests
{
    [Fact]
    public async Task A_new_attempt_is_201_and_begins_again_from_nothing()
    {
        await using var host = await TestHost.StartAsync();
        await host.RunningAsync();
        await host.BeatAsync("r1", ("beat", "7"), ("metrics", """{"a":1}"""), ("checkpoint_uri", "\"s3://c\""));

        var reply = (await host.StartAttemptAsync(more: ""","reason":"node lost" """)).Is(201);

        Assert.Equal(2, reply["attempt"].GetInt32());
        Assert.Equal("queued", reply["state"].GetString());
        Assert.Equal("healthy", reply["health_status"].GetString());
        Assert.Equal(0, reply["current_step"].GetInt64());
        Assert.Equal(0, reply["checkpoint_version"].GetInt64());
        Assert.Equal(2, reply["heartbeats"].GetInt64());
        foreach (var member in new[] { "loss", "metrics", "samples_per_sec", "runtime_status", "last_heartbeat_at", "worker_id" })
        {
            Assert.Equal(JsonValueKind.Null, reply[member].ValueKind);
        }

        var last = (await host.GetAsync("runs/r1/transitions"))["transitions"].EnumerateArray().Last();
        Assert.Equal("node lost", last.GetProperty("reason").GetString());
        Assert.Equal(2, last.GetProperty("attempt").GetInt32());

        // Beat 1, step 0 and no throttle: all as new.
        (await host.BeatAsync("r1", ("beat", "1"), ("step", "0"), ("checkpoint_version", "0"), ("attempt", "2"))).Is(200);
    }

    [Fact]
    public async Task It_resumes_from_a_checkpoint_below_which_nothing_is_taken()
    {
        await using var host = await TestHost.StartAsync();
        await host.RunningAsync();

        var reply = (await host.StartAttemptAsync(more: ""","resume_from":{"step":8,"checkpoint_version":1}""")).Is(201);

        Assert.Equal(8, reply["current_step"].GetInt64());
        Assert.Equal(1, reply["checkpoint_version"].GetInt64());
        Assert.Equal(8, (await host.BeatAsync("r1", ("attempt", "2"), ("step", "7"))).Refused(409, "step_regression").Details.GetProperty("current").GetInt64());
        (await host.BeatAsync("r1", ("attempt", "2"), ("step", "8"), ("checkpoint_version", "1"))).Is(200);
    }

    [Theory]
    [InlineData(2, "s3://c/2")]
    [InlineData(9, null)]
    public async Task A_checkpoint_that_never_was_gets_no_place(int version, string? uri)
    {
        await using var host = await TestHost.StartAsync();
        await host.CreateRunAsync();
        (await host.BeatAsync("r1", ("checkpoint_uri", "\"s3://c/2\""))).Is(200);

        var reply = (await host.StartAttemptAsync(more: $",\"resume_from\":{{\"step\":8,\"checkpoint_version\":{version}}}")).Is(201);

        Assert.Equal((version, uri), (reply["checkpoint_version"].GetInt32(), reply["checkpoint_uri"].GetString()));
    }

    [Fact]
    public async Task In_the_hands_of_a_worker_it_is_provisioning()
    {
        await using var host = await TestHost.StartAsync();
        await host.RunningAsync();

        var reply = (await host.StartAttemptAsync(more: ""","worker_id":"w2" """)).Is(201);

        Assert.Equal("provisioning", reply["state"].GetString());
        Assert.Equal("w2", reply["worker_id"].GetString());
        (await host.BeatAsync()).Refused(422, "attempt_required");
        Assert.Equal("r1", (await host.ClaimAsync("w2")).Is(200)["run"].GetProperty("id").GetString());
    }

    [Fact]
    public async Task Everything_sent_with_the_old_attempt_is_refused_from_then_on()
    {
        await using var host = await TestHost.StartAsync();
        await host.RunningAsync();
        await host.CommandAsync("tune", "c1");
        await host.StartAttemptAsync();

        (await host.BeatAsync("r1", ("attempt", "1"))).Refused(409, "stale_attempt");
        (await host.NextAsync("?attempt=1")).Refused(409, "stale_attempt");
        (await host.AckAsync("c1", """{"attempt":1}""")).Refused(409, "stale_attempt");
        (await host.MoveAsync("r1", "completed", ""","attempt":1""")).Refused(409, "stale_attempt");
        (await host.StartAttemptAsync(more: ""","expected_attempt":1""")).Refused(409, "stale_attempt");
        Assert.Equal(2, (await host.GetAsync("runs/r1"))["attempt"].GetInt32());
    }

    [Theory]
    [InlineData("provisioning", 201)]
    [InlineData("running", 201)]
    [InlineData("paused", 201)]
    [InlineData("errored", 201)]
    [InlineData("queued", 409)]
    [InlineData("terminating", 409)]
    [InlineData("completed", 409)]
    [InlineData("failed", 409)]
    [InlineData("terminated", 409)]
    public async Task It_begins_from_a_state_that_may_be_queued_again(string state, int status)
    {
        await using var host = await TestHost.StartAsync();
        await host.InStateAsync(state);

        var reply = await host.StartAttemptAsync();

        _ = status == 201 ? reply.Is(201) : reply.Refused(409, "invalid_transition");
    }

    [Theory]
    [InlineData(1, 201)]
    [InlineData(0, 409)]
    [InlineData(2, 409)]
    public async Task A_wrong_expected_attempt_is_409_with_the_current_one(int expected, int status)
    {
        await using var host = await TestHost.StartAsync();
        await host.RunningAsync();

        var reply = await host.StartAttemptAsync(more: $",\"expected_attempt\":{expected}");

        Assert.Equal(status, reply.Status);
        Assert.True(status == 201 || reply.Refused(409, "stale_attempt").Details.GetProperty("current_attempt").GetInt32() == 1);
    }

    [Theory]
    [InlineData("{}", "actor")]
    [InlineData("""{"actor":{"type":"operator","id":""}}""", "actor.id")]
    [InlineData("""{"actor":{"type":"operator","id":"ada"},"worker_id":""}""", "worker_id")]
    [InlineData("""{"actor":{"type":"operator","id":"ada"},"resume_from":{"step":1}}""", "resume_from.checkpoint_version")]
    [InlineData("""{"actor":{"type":"operator","id":"ada"},"resume_from":{"checkpoint_version":1}}""", "resume_from.step")]
    [InlineData("""{"actor":{"type":"operator","id":"ada"},"resume_from":{"step":-1,"checkpoint_version":1}}""", "resume_from.step")]
    public async Task What_breaks_a_rule_is_422_and_names_the_member(string body, string member)
    {
        await using var host = await TestHost.StartAsync();
        await host.RunningAsync();

        Assert.Equal([member], (await host.PostAsync("runs/r1/attempts", body)).Refused(422, "validation_failed").Faulty);
        Assert.Equal(1, (await host.GetAsync("runs/r1"))["attempt"].GetInt32());
    }

    [Fact]
    public async Task Unknown_run_is_404()
    {
        await using var host = await TestHost.StartAsync();

        (await host.StartAttemptAsync("unknown")).Refused(404, "run_not_found");
    }
}
