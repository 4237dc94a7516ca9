namespace Orchestrator.Abstractions.Tests.Heartbeats;

public sealed class HeartbeatTests
{
    private static readonly DateTimeOffset Before = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);
    private static readonly DateTimeOffset Now = Before.AddSeconds(5);

    private static readonly RunProgress Progress = new()
    {
        Status = RuntimeStatus.Running,
        LastHeartbeatAt = Before,
        Beat = 7,
        CurrentStep = 100,
        SamplesPerSec = 50,
        Loss = 0.5,
        CheckpointVersion = 3,
        CheckpointUri = "s3://checkpoints/3",
        Metrics = new Dictionary<string, double> { ["accuracy"] = 0.9, ["recall"] = 0.8 },
        StatusMessage = "warm",
        Heartbeats = 11,
    };

    [Fact]
    public void What_was_reported_replaces_what_stood()
    {
        var metrics = new Dictionary<string, double> { ["accuracy"] = 0.95 };
        var heartbeat = new Heartbeat
        {
            Status = RuntimeStatus.Paused,
            Beat = 8,
            Step = 110,
            SamplesPerSec = double.PositiveInfinity,
            Loss = double.NaN,
            CheckpointVersion = 4,
            CheckpointUri = "s3://checkpoints/4",
            Metrics = metrics,
            Notes = "hot",
        };

        Assert.Equal(
            new RunProgress
            {
                Status = RuntimeStatus.Paused,
                LastHeartbeatAt = Now,
                AdvancedAt = Now,
                Beat = 8,
                CurrentStep = 110,
                SamplesPerSec = double.PositiveInfinity,
                Loss = double.NaN,
                CheckpointVersion = 4,
                CheckpointStep = 110,
                CheckpointUri = "s3://checkpoints/4",
                Metrics = metrics,
                StatusMessage = "hot",
                Heartbeats = 12,
            },
            heartbeat.ApplyTo(Progress, Now));
    }

    [Fact]
    public void What_was_not_reported_stays_but_the_measures() =>
        Assert.Equal(Progress with { LastHeartbeatAt = Now, Heartbeats = 12, Loss = null, SamplesPerSec = null }, new Heartbeat().ApplyTo(Progress, Now));

    [Fact]
    public void Metrics_are_replaced_whole()
    {
        var none = new Dictionary<string, double>();

        Assert.Same(none, new Heartbeat { Metrics = none }.ApplyTo(Progress, Now).Metrics);
    }

    [Fact]
    public void The_first_heartbeat_of_a_run_counts_from_nothing()
    {
        var first = new Heartbeat { Status = RuntimeStatus.Running, Step = 0 }.ApplyTo(RunProgress.None, Now);

        Assert.Equal(new RunProgress { Status = RuntimeStatus.Running, LastHeartbeatAt = Now, Heartbeats = 1 }, first);
    }
}
