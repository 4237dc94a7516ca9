using Orchestrator.Samples.Quickstart.Worker;

namespace Orchestrator.Samples.Tests.Worker;

public sealed class WorkerApiTests
{
    private static readonly Progress Progress = new("running", 10, 0.5, 800, 2, 0.9, 0.05);

    [Fact]
    public async Task A_heartbeat_has_every_number_the_attempt_and_the_beat()
    {
        using var control = new FakeControlPlane();

        await control.Api.HeartbeatAsync(Progress, beat: 7, default);

        Assert.Equal(
            """{"run_id":"r1","attempt":3,"beat":7,"status":"running","step":10,"loss":0.5,"samples_per_sec":800,"checkpoint_version":2,"metrics":{"accuracy":0.9,"learning_rate":0.05}}""",
            Assert.Single(control.BodiesTo("heartbeat")).ToJsonString());
    }

    [Theory]
    [InlineData(double.NaN, "NaN")]
    [InlineData(double.PositiveInfinity, "Infinity")]
    [InlineData(double.NegativeInfinity, "-Infinity")]
    public async Task A_loss_that_diverged_is_reported_too(double loss, string expected)
    {
        using var control = new FakeControlPlane();

        Assert.Equal(Verdict.Accepted, (await control.Api.HeartbeatAsync(Progress with { Loss = loss }, beat: 1, default)).Verdict);

        Assert.Equal(expected, (string?)Assert.Single(control.BodiesTo("heartbeat"))["loss"]);
    }

    public static TheoryData<Exception> NoAnswers => [new HttpRequestException("refused"), new IOException("reset"), new TaskCanceledException("timeout")];

    [Theory]
    [MemberData(nameof(NoAnswers))]
    public async Task No_answer_is_like_one_that_says_later(Exception fault)
    {
        using var control = new FakeControlPlane { Answer = _ => throw fault };

        Assert.Equal(Answer.Unreachable, await control.Api.HeartbeatAsync(Progress, beat: 1, default));
    }

    [Fact]
    public async Task Its_own_cancellation_goes_through()
    {
        using var control = new FakeControlPlane();
        using var cancelled = new CancellationTokenSource();
        await cancelled.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => control.Api.NextCommandAsync(TimeSpan.FromSeconds(20), cancelled.Token));
    }
}
