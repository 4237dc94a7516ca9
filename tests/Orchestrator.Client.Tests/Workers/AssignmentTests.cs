using Orchestrator.Client.Tests.Http;
using Orchestrator.Client.Workers;
using static Orchestrator.Client.Tests.Http.StubHandler;

namespace Orchestrator.Client.Tests.Workers;

/// <summary>What a worker makes of a call over HTTP that is not answered.</summary>
public sealed class AssignmentTests
{
    [Theory]
    [InlineData(429, 6, 6)]
    [InlineData(503, 20, 20)]
    [InlineData(503, 3_600, 30)]
    [InlineData(503, 1_000_000, 30)]
    public async Task How_long_a_gateway_asks_to_wait_is_known_up_to_30_s_also_when_the_worker_gives_the_call_up_before(int status, int seconds, int known)
    {
        using var stubbed = new StubbedClient(Answer(status, "Busy.", "text/plain", ("Retry-After", $"{seconds}")));

        var (answer, _) = await stubbed.PassAsync(AcknowledgeAsync(stubbed));

        Assert.Equal(RefusalCode.StoreUnavailable, answer.Refusal?.Code);
        Assert.Equal(TimeSpan.FromSeconds(known), Backoff.RetryAfter(answer.Refusal!));
    }

    [Theory]
    [InlineData(401)]
    [InlineData(403)]
    public async Task A_caller_that_is_not_let_in_counts_as_unanswered_and_the_reason_says_why(int status)
    {
        using var stubbed = new StubbedClient(Answer(status));

        var (answer, _) = await stubbed.PassAsync(AcknowledgeAsync(stubbed));

        Assert.Equal(RefusalCode.StoreUnavailable, answer.Refusal?.Code);
        Assert.Contains($"{status}", answer.Refusal!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Silence_is_no_answer_in_time()
    {
        using var stubbed = new StubbedClient(Silence());

        var (answer, _) = await stubbed.PassAsync(AcknowledgeAsync(stubbed));

        Assert.Equal(RefusalCode.StoreUnavailable, answer.Refusal?.Code);
    }

    private static ValueTask<Result<Receipt<Command>>> AcknowledgeAsync(StubbedClient stubbed)
    {
        var head = new RunHead
        {
            Id = StubbedClient.Run,
            ExperimentId = StubbedClient.NewRun.ExperimentId,
            VersionId = StubbedClient.NewRun.VersionId,
            CreatedAt = stubbed.Clock.GetUtcNow(),
            ChangedAt = stubbed.Clock.GetUtcNow(),
            Revision = 1,
        };
        var assignment = new Assignment(stubbed.Client, new Run(head, RunProgress.None), new WorkerRunOptions { TimeProvider = stubbed.Clock });
        return assignment.CallAsync(
            (orchestrator, token) => orchestrator.Commands.AcknowledgeAsync(head.Id, CommandId.Parse("c1"), new Acknowledgement(), null, token),
            TimeSpan.Zero,
            CancellationToken.None);
    }
}
