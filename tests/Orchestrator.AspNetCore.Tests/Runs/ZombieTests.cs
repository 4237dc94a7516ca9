using Orchestrator.AspNetCore.Tests.Http;

namespace Orchestrator.AspNetCore.Tests.Runs;

/// <summary>A worker whose attempt was replaced, and which does not say for which attempt it speaks.</summary>
public sealed class ZombieTests
{
    [Fact]
    public async Task Its_acknowledgement_does_not_take_the_run_out_of_the_queue()
    {
        await using var host = await TestHost.StartAsync();
        await host.RunningAsync();
        (await host.CommandAsync("pause", "c1")).Is(202);
        (await host.NextAsync()).Is(200);
        (await host.StartAttemptAsync()).Is(201);

        (await host.AckAsync("c1")).Refused(409, "stale_attempt");

        Assert.Equal("queued", await host.StateAsync());
        (await host.ClaimAsync("w2")).Is(200);
        (await host.NextAsync()).Is(200);
        (await host.AckAsync("c1")).Is(200);
        Assert.Equal("paused", await host.StateAsync());
    }

    [Fact]
    public async Task Its_claim_is_not_answered_with_the_attempt_of_another_worker()
    {
        await using var host = await TestHost.StartAsync();
        await host.CreateRunAsync();
        const string claim = """{"worker_id":"w1"}""";
        (await host.PostAsync("runs/claim", claim, ("Idempotency-Key", "k"))).Is(200);
        Assert.Equal("true", (await host.PostAsync("runs/claim", claim, ("Idempotency-Key", "k"))).Is(200).Headers["Idempotency-Replayed"]);

        (await host.StartAttemptAsync(more: ""","worker_id":"w2" """)).Is(201);

        (await host.PostAsync("runs/claim", claim, ("Idempotency-Key", "k"))).Refused(409, "stale_attempt");
    }
}
