using Orchestrator.Client.Tests.Http;

namespace Orchestrator.Client.Tests.Runs;

/// <summary>Answers of a server that knows more than this client.</summary>
public sealed class NewerServerTests
{
    [Fact]
    public async Task A_run_whose_last_refusal_has_a_reason_that_the_client_does_not_know_is_read()
    {
        using var stubbed = new StubbedClient(StubHandler.Answer(
            200,
            """
            {"id":"r1","experiment_id":"e","version_id":"v","state":"running","labels":{},"attempt":1,"health_status":"healthy","tuned":{},"newer":{},
            "last_refusal":{"code":"a_newer_reason","at":"2026-03-01T12:00:00Z","newer":1},
            "created_at":"2026-03-01T12:00:00Z","updated_at":"2026-03-01T12:00:00Z","revision":1}
            """));

        var run = (await stubbed.Client.Runs.GetAsync(StubbedClient.Run)).Value;

        Assert.Equal((default, "a_newer_reason"), (run.LastRefusal!.Code, run.LastRefusal.Name));
    }

    [Fact]
    public async Task A_verdict_on_a_chain_that_the_server_does_not_know_whole_is_told()
    {
        using var stubbed = new StubbedClient(StubHandler.Answer(200, """{"valid":false,"entries":9,"first_broken":null,"unknown_version":7}"""));

        Assert.Equal(new AuditVerdict(false, 9, null) { UnknownVersion = 7 }, (await stubbed.Client.Audit.VerifyAsync(StubbedClient.Run)).Value);
    }
}
