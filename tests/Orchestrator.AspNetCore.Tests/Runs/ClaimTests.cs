using Orchestrator.AspNetCore.Tests.Http;

namespace Orchestrator.AspNetCore.Tests.Runs;

/// <summary><c>POST /runs/claim</c>: contract section 4.</summary>
public sealed class ClaimTests
{
    [Fact]
    public async Task A_claimed_run_is_provisioning_in_the_hands_of_the_worker_and_comes_with_its_manifest()
    {
        await using var host = await TestHost.StartAsync();
        await host.CreateRunAsync(more: ""","launch_manifest":{"lr":1.10},"overrides":{"a":1}""");

        var reply = (await host.ClaimAsync("w1")).Is(200);

        Assert.Equal(["run", "claim_id"], reply.Json.EnumerateObject().Select(member => member.Name));
        var run = reply["run"];
        Assert.Equal("r1", run.GetProperty("id").GetString());
        Assert.Equal("provisioning", run.GetProperty("state").GetString());
        Assert.Equal("w1", run.GetProperty("worker_id").GetString());
        Assert.Equal("""{"lr":1.10}""", run.GetProperty("launch_manifest").GetRawText());
        Assert.Equal("""{"a":1}""", run.GetProperty("overrides").GetRawText());
        Assert.Equal("provisioning", await host.StateAsync());
    }

    [Fact]
    public async Task None_is_204_and_must_not_be_stored()
    {
        await using var host = await TestHost.StartAsync();

        Assert.Equal("no-store", (await host.ClaimAsync()).Is(204).Headers["Cache-Control"]);
    }

    [Fact]
    public async Task The_oldest_of_the_highest_priority_comes_first()
    {
        await using var host = await TestHost.StartAsync();
        foreach (var (id, priority) in new[] { ("low", -1), ("old", 0), ("high", 5), ("new", 0), ("high2", 5) })
        {
            await host.CreateRunAsync(id, $",\"priority\":{priority}");
        }

        foreach (var expected in new[] { "high", "high2", "old", "new", "low" })
        {
            Assert.Equal(expected, Claimed(await host.ClaimAsync("w-" + expected)));
        }
    }

    [Fact]
    public async Task All_labels_must_match()
    {
        await using var host = await TestHost.StartAsync();
        await host.CreateRunAsync("plain");
        await host.CreateRunAsync("gpu", ""","labels":{"gpu":"a100","zone":"eu","more":"x"}""");

        (await host.ClaimAsync("w1", ""","labels":{"gpu":"a100","zone":"us"}""")).Is(204);
        (await host.ClaimAsync("w1", ""","labels":{"gpu":"A100"}""")).Is(204);
        Assert.Equal("gpu", Claimed(await host.ClaimAsync("w1", ""","labels":{"gpu":"a100","zone":"eu"}""")));
        Assert.Equal("plain", Claimed(await host.ClaimAsync("w2", ""","labels":{}""")));
    }

    [Fact]
    public async Task Only_queued_runs_are_handed_out()
    {
        await using var host = await TestHost.StartAsync();
        foreach (var state in new[] { "provisioning", "running", "paused", "terminating", "errored", "completed", "failed", "terminated" })
        {
            await host.InStateAsync(state, state);
        }

        (await host.ClaimAsync()).Is(204);
    }

    [Fact]
    public async Task A_claim_whose_reply_was_lost_gets_that_run_in_its_next_attempt_until_its_first_heartbeat()
    {
        await using var host = await TestHost.StartAsync();
        await host.CreateRunAsync("a", ""","launch_manifest":{"lr":1.10}""");
        await host.CreateRunAsync("b");
        var first = await host.ClaimAsync("w1");
        Assert.Equal("a", Claimed(first));

        var again = await host.ClaimAsync("w1");
        Assert.Equal("a", Claimed(again));
        Assert.Equal("""{"lr":1.10}""", again["run"].GetProperty("launch_manifest").GetRawText());
        Assert.Equal(2, again["run"].GetProperty("attempt").GetInt32());
        Assert.NotEqual(first["claim_id"].GetString(), again["claim_id"].GetString());

        (await host.BeatAsync("a", ("attempt", "1"), ("claim_id", first["claim_id"].GetRawText()))).Refused(409, "stale_attempt");
        (await host.BeatAsync("a", ("attempt", "2"), ("claim_id", first["claim_id"].GetRawText()))).Refused(409, "stale_attempt");
        (await host.BeatAsync("a", ("attempt", "2"), ("claim_id", again["claim_id"].GetRawText()))).Is(200);
        Assert.Equal("b", Claimed(await host.ClaimAsync("w1")));
    }

    [Fact]
    public async Task Each_run_goes_to_exactly_one_of_50_concurrent_claimers()
    {
        await using var host = await TestHost.StartAsync();
        for (var i = 0; i < 30; i++)
        {
            await host.CreateRunAsync($"r{i}");
        }

        var replies = await Task.WhenAll(Enumerable.Range(0, 50).Select(i => host.ClaimAsync($"w{i}")));

        Assert.Equal(20, replies.Count(reply => reply.Status == 204));
        var claimed = replies.Where(reply => reply.Status == 200).Select(Claimed).ToArray();
        Assert.Equal(Enumerable.Range(0, 30).Select(i => $"r{i}").Order(), claimed.Order());
        foreach (var (reply, index) in replies.Select((reply, index) => (reply, index)).Where(pair => pair.reply.Status == 200))
        {
            Assert.Equal($"w{index}", (await host.GetAsync($"runs/{Claimed(reply)}"))["worker_id"].GetString());
        }
    }

    [Fact]
    public async Task A_claim_that_waits_wakes_when_a_run_is_queued()
    {
        await using var host = await TestHost.StartAsync();
        var claim = host.ClaimAsync("w1", ""","wait":60""");
        await host.Parked.AreAsync(1);

        await host.CreateRunAsync();

        Assert.Equal("r1", Claimed(await claim.WaitAsync(TimeSpan.FromSeconds(30))));
    }

    [Fact]
    public async Task A_claim_that_waits_is_204_when_its_wait_is_over()
    {
        await using var host = await TestHost.StartAsync();

        (await host.PassTimeUntilAsync(host.ClaimAsync("w1", ""","wait":2.5"""))).Is(204);
    }

    [Fact]
    public async Task The_stop_of_the_host_releases_claims_that_wait()
    {
        await using var host = await TestHost.StartAsync();
        var claim = host.ClaimAsync("w1", ""","wait":60""");
        await host.Parked.AreAsync(1);

        await host.StopAsync().WaitAsync(TimeSpan.FromSeconds(30));

        (await claim.WaitAsync(TimeSpan.FromSeconds(30))).Is(204);
    }

    [Fact]
    public async Task A_claim_whose_client_has_gone_takes_nothing()
    {
        await using var host = await TestHost.StartAsync();
        using var gone = new CancellationTokenSource();
        var claim = host.Client.PostAsync("/api/v1/runs/claim", TestHost.Json("""{"worker_id":"w1","wait":60}"""), gone.Token);
        await host.Parked.AreAsync(1);

        await gone.CancelAsync();
        await host.Parked.AreAsync(0);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => claim);
        await host.CreateRunAsync();

        Assert.Equal("queued", await host.StateAsync());
        Assert.Equal("r1", Claimed(await host.ClaimAsync("w2")));
    }

    [Theory]
    [InlineData("{}", "worker_id")]
    [InlineData("""{"worker_id":""}""", "worker_id")]
    [InlineData("""{"worker_id":null}""", "worker_id")]
    [InlineData("""{"worker_id":"w\u0000"}""", "worker_id")]
    [InlineData("""{"worker_id":"w","wait":-0.1}""", "wait")]
    [InlineData("""{"worker_id":"w","wait":60.1}""", "wait")]
    [InlineData("""{"worker_id":"w","wait":1e300}""", "wait")]
    [InlineData("""{"worker_id":"w","labels":{"a:b":"c"}}""", "labels")]
    [InlineData("""{"worker_id":"w","labels":{"a":null}}""", "labels")]
    public async Task What_breaks_a_rule_is_422_and_names_the_member(string body, string member)
    {
        await using var host = await TestHost.StartAsync();
        await host.CreateRunAsync();

        Assert.Equal([member], (await host.PostAsync("runs/claim", body)).Refused(422, "validation_failed").Faulty);
        Assert.Equal("queued", await host.StateAsync());
    }

    private static string? Claimed(Reply reply) => reply.Is(200)["run"].GetProperty("id").GetString();
}
