using Orchestrator.Core.Tests.Runs;
using Orchestrator.Storage;

namespace Orchestrator.Core.Tests.Heartbeats;

/// <summary>The inputs that the heartbeat decider is held to the contract with: runs, and what their workers send.</summary>
internal static class HeartbeatCases
{
    private static readonly DateTimeOffset Now = RunViews.Now;

    public static Heartbeat Next { get; } = new()
    {
        RunId = RunViews.Run,
        Status = RuntimeStatus.Running,
        Step = 100,
        SamplesPerSec = 9,
        Loss = 0.25,
        CheckpointVersion = 10,
        Notes = "hot",
        Attempt = RunViews.Attempt,
    };

    /// <summary>Runs in one state with every kind of request that a check may stop.</summary>
    public static IEnumerable<(RunView View, Heartbeat Beat)> Checks(RunState state) =>
        from claimed in new[] { false, true }
        from kept in new[] { 0u, (1u << (int)RefusalCode.StaleAttempt) | (1u << (int)RefusalCode.StepRegression) | (1u << (int)RefusalCode.RunEnded) }
        from lastAt in new DateTimeOffset?[] { null, Now - HeartbeatOracle.Interval, Now - HeartbeatOracle.Interval + TimeSpan.FromTicks(1) }
        from lastBeat in new long?[] { null, 50 }
        let view = RunViews.In(state)
            .With(head => head with { Claimed = claimed, KeptRefusals = kept })
            .WithProgress(progress => progress with { LastHeartbeatAt = lastAt, Beat = lastBeat })
        from status in RunViews.Statuses
        from attempt in new int?[] { null, RunViews.Attempt - 1, RunViews.Attempt, RunViews.Attempt + 1 }
        from beat in new long?[] { null, 49, 50, 51 }
        from step in new long[] { 99, 100, 101 }
        from checkpoint in new long[] { 9, 10, 11 }
        select (view, Next with { Status = status, Attempt = attempt, Beat = beat, Step = step, CheckpointVersion = checkpoint });

    /// <summary>Runs in one state with every kind of change of the worker's status soon after the last heartbeat, and after a row of such changes.</summary>
    public static IEnumerable<(RunView View, Heartbeat Beat)> QuickChanges(RunState state) =>
        from lastAt in new[] { Now - HeartbeatOracle.Interval, Now - HeartbeatOracle.Interval + TimeSpan.FromTicks(1), Now.AddSeconds(-1) }
        from changes in new QuickStatusChanges?[] { null, new(1, lastAt), new(7, lastAt), new(8, lastAt), new(9, lastAt), new(8, lastAt.AddSeconds(-1)) }
        from lastStatus in RunViews.Statuses
        let view = RunViews.In(state)
            .With(head => head with { QuickStatusChanges = changes })
            .WithProgress(progress => progress with { Status = lastStatus, LastHeartbeatAt = lastAt })
        from status in RunViews.Statuses
        select (view, Next with { Status = status });

    /// <summary>Runs in one state with every kind of effect that an accepted heartbeat may have.</summary>
    public static IEnumerable<(RunView View, Heartbeat Beat, int Commands)> Effects(RunState state) =>
        from health in new[] { HealthStatus.Healthy, HealthStatus.HeartbeatStale, HealthStatus.Unresponsive }
        from lastStatus in new RuntimeStatus?[] { null, RuntimeStatus.Running, RuntimeStatus.Errored }
        from lastLoss in new double?[] { null, 0.5, double.NaN }
        from diverged in new[] { false, true }
        from queue in Queues
        let view = RunViews.In(state, queue)
            .With(head => head with { Health = health, LossDiverged = diverged })
            .WithProgress(progress => progress with { Status = lastStatus, Loss = lastLoss, LastHeartbeatAt = Now.AddSeconds(-5) })
        from status in RunViews.Statuses
        from loss in new[] { 0.25, double.NegativeInfinity }
        from commands in new[] { 0, 1, 16 }
        select (view, Next with { Status = status, Loss = loss }, commands);

    private static Command[][] Queues { get; } =
    [
        [],
        [RunViews.Command(3, CommandType.Pause)],
        [RunViews.Command(3, CommandType.Pause, CommandStatus.Delivered, deliveredAt: Now.AddSeconds(-30).AddTicks(1))],
        [RunViews.Command(3, CommandType.Pause, CommandStatus.Delivered, deliveredAt: Now.AddSeconds(-30)), RunViews.Command(4, CommandType.Resume)],
        [RunViews.Command(3, CommandType.Pause) with { ExpiresAt = Now }],
        [
            RunViews.Command(3, CommandType.Tune, CommandStatus.Delivered, deliveredAt: Now.AddSeconds(-1)),
            RunViews.Command(4, CommandType.Pause) with { ExpiresAt = Now.AddSeconds(-1) },
            RunViews.Command(5, CommandType.Tune) with { ExpiresAt = Now.AddTicks(1) },
            RunViews.Command(6, CommandType.Pause) with { ExpiresAt = Now.AddMinutes(3) },
        ],
        [.. Enumerable.Range(1, 20).Select(i => RunViews.Command(i, CommandType.Tune))],
    ];
}
