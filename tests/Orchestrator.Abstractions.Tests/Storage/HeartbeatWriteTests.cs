using Orchestrator.Storage;

namespace Orchestrator.Abstractions.Tests.Storage;

public sealed class HeartbeatWriteTests
{
    private static readonly DateTimeOffset Before = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);
    private static readonly TimeSpan MinInterval = TimeSpan.FromSeconds(5);

    private static readonly RunProgress Stored = new()
    {
        Status = RuntimeStatus.Running,
        LastHeartbeatAt = Before,
        Beat = 7,
        CurrentStep = 100,
        CheckpointVersion = 3,
    };

    private static readonly Heartbeat Next = new()
    {
        Status = RuntimeStatus.Running,
        Beat = 8,
        Step = 101,
        CheckpointVersion = 4,
    };

    public static TheoryData<string, Heartbeat, bool> Guards { get; } = new()
    {
        { "everything advances", Next, true },
        { "the step stands", Next with { Step = 100 }, true },
        { "the step goes back", Next with { Step = 99 }, false },
        { "the step is absent", Next with { Step = null }, true },
        { "the checkpoint stands", Next with { CheckpointVersion = 3 }, true },
        { "the checkpoint goes back", Next with { CheckpointVersion = 2 }, false },
        { "the checkpoint is absent", Next with { CheckpointVersion = null }, true },
        { "the beat stands", Next with { Beat = 7 }, false },
        { "the beat goes back", Next with { Beat = 6 }, false },
        { "the beat is absent", Next with { Beat = null }, true },
    };

    public static TheoryData<string, TimeSpan, RuntimeStatus, bool> Throttle { get; } = new()
    {
        { "just in time", MinInterval, RuntimeStatus.Running, true },
        { "too soon", MinInterval - TimeSpan.FromTicks(1), RuntimeStatus.Running, false },
        { "too soon, with another status", TimeSpan.Zero, RuntimeStatus.Errored, true },
        { "back in time", -TimeSpan.FromTicks(1), RuntimeStatus.Running, false },
        { "back in time, with another status", -TimeSpan.FromTicks(1), RuntimeStatus.Errored, false },
    };

    [Theory]
    [MemberData(nameof(Guards))]
    public void Counters_never_go_back(string because, Heartbeat heartbeat, bool accepted) =>
        Assert.True(accepted == new HeartbeatWrite(heartbeat, Before + MinInterval, MinInterval).IsAcceptedBy(Stored), because);

    [Theory]
    [MemberData(nameof(Throttle))]
    public void The_same_status_waits_for_the_interval(string because, TimeSpan after, RuntimeStatus status, bool accepted) =>
        Assert.True(accepted == new HeartbeatWrite(Next with { Status = status }, Before + after, MinInterval).IsAcceptedBy(Stored), because);

    [Fact]
    public void Without_an_interval_nothing_is_too_soon() =>
        Assert.True(new HeartbeatWrite(Next, Before, TimeSpan.Zero).IsAcceptedBy(Stored));

    [Fact]
    public void The_first_heartbeat_of_an_attempt_is_never_too_soon()
    {
        var resumed = new RunProgress { CurrentStep = 100, CheckpointVersion = 3 };

        Assert.True(new HeartbeatWrite(Next, Before, MinInterval).IsAcceptedBy(resumed));
        Assert.False(new HeartbeatWrite(Next with { Step = 99 }, Before, MinInterval).IsAcceptedBy(resumed));
    }
}
