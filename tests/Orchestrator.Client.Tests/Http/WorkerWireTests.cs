using static Orchestrator.Client.Tests.Http.StubHandler;

namespace Orchestrator.Client.Tests.Http;

/// <summary>The requests of workers, byte for byte.</summary>
public sealed class WorkerWireTests
{
    private static readonly Dictionary<string, string> Gpu = new() { ["gpu"] = "a100" };

    [Fact]
    public async Task A_claim_has_what_was_set()
    {
        using var stubbed = new StubbedClient(Answer(204));
        var claim = new ClaimRequest { WorkerId = "w" };

        await stubbed.PassAsync(stubbed.Client.Runs.ClaimAsync(claim));
        await stubbed.PassAsync(stubbed.Client.Runs.ClaimAsync(claim with { Offers = Gpu, Run = StubbedClient.Run, Takeover = true, Wait = TimeSpan.FromSeconds(2) }));

        Assert.Equal(
            [
                """{"worker_id":"w","labels":{}}""",
                """{"worker_id":"w","labels":{},"offers":{"gpu":"a100"},"wait":2,"takeover":true,"run_id":"r1"}""",
            ],
            stubbed.Stub.Sent.Select(sent => sent.Body));
    }

    [Fact]
    public async Task A_heartbeat_writes_a_loss_and_a_throughput_that_were_not_measured_as_null()
    {
        using var stubbed = new StubbedClient(Refusal(409, "stale_attempt"));
        var heartbeat = new Heartbeat
        {
            RunId = StubbedClient.Run,
            Status = RuntimeStatus.Running,
            Step = 7,
            CheckpointVersion = 0,
            Attempt = 2,
            ClaimId = "c1",
            Beat = 1,
        };

        await stubbed.PassAsync(stubbed.Client.Heartbeats.ReportAsync(StubbedClient.Run, heartbeat, commands: 16));

        Assert.Equal("POST /api/v1/runs/r1/heartbeat?commands=16", stubbed.Requests.Single());
        Assert.Equal(
            """{"run_id":"r1","status":"running","step":7,"samples_per_sec":null,"loss":null,"checkpoint_version":0,"attempt":2,"claim_id":"c1","beat":1}""",
            stubbed.Stub.Sent.Single().Body);
    }

    [Fact]
    public async Task A_poll_an_acknowledgement_and_a_transition_carry_the_id_of_the_hand_over()
    {
        using var stubbed = new StubbedClient(Refusal(409, "stale_attempt"));
        var end = new TransitionRequest { To = RunState.Completed, Actor = new Actor(ActorType.System, "w"), Attempt = 2, ClaimId = "c&1" };

        await stubbed.PassAsync(stubbed.Client.Commands.NextAsync(StubbedClient.Run, attempt: 2, claimId: "c&1"));
        await stubbed.PassAsync(stubbed.Client.Commands.AcknowledgeAsync(
            StubbedClient.Run, CommandId.Parse("pause-1"), new Acknowledgement { Attempt = 2, ClaimId = "c1" }));
        await stubbed.PassAsync(stubbed.Client.Runs.TransitionAsync(StubbedClient.Run, end with { ClaimId = "c1" }));

        Assert.Equal("GET /api/v1/runs/r1/commands/next?wait=0&attempt=2&claim_id=c%261", stubbed.Requests[0]);
        Assert.All(stubbed.Stub.Sent.Skip(1), sent => Assert.Contains("\"claim_id\":\"c1\"", sent.Body, StringComparison.Ordinal));
    }
}
