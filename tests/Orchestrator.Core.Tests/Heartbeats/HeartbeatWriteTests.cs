using Orchestrator.Core.Heartbeats;
using Orchestrator.Core.Tests.Runs;
using Orchestrator.Storage;

namespace Orchestrator.Core.Tests.Heartbeats;

/// <summary>What a store checks of a heartbeat, and what it makes of it.</summary>
public sealed class HeartbeatWriteTests
{
    public static TheoryData<RunState> Living => new(RunViews.States.Where(state => !state.IsTerminal()));

    [Theory]
    [MemberData(nameof(Living))]
    public void A_store_takes_exactly_what_the_decider_accepts(RunState state)
    {
        var options = new OrchestratorOptions();
        foreach (var (view, beat) in HeartbeatCases.Checks(state).Where(row => row.Beat.Attempt == RunViews.Attempt))
        {
            var decision = new HeartbeatDecider(RunViews.Run, beat, 0, options).Decide(view, RunViews.Now);
            var write = new HeartbeatWrite(beat, RunViews.Now, HeartbeatOracle.Interval);

            Assert.True(
                write.IsAcceptedBy(view.Progress) == decision.Heartbeat is not null,
                $"{view.Progress}\n{beat}\ndecided {decision.Refusal?.Code}, accepted {decision.Answer.Accepted}");
        }
    }

    [Fact]
    public void A_store_takes_no_heartbeat_that_is_older_than_the_last()
    {
        var progress = RunViews.In(RunState.Running).Progress with { LastHeartbeatAt = RunViews.Now };
        var write = new HeartbeatWrite(HeartbeatCases.Next with { Status = RuntimeStatus.Paused }, RunViews.Now, HeartbeatOracle.Interval);

        Assert.True(write.IsAcceptedBy(progress));
        Assert.False((write with { At = RunViews.Now.AddTicks(-1) }).IsAcceptedBy(progress));
    }

    [Fact]
    public void What_was_reported_replaces_what_was_there_and_counts()
    {
        var metrics = new Dictionary<string, double> { ["f1"] = 1 };
        var beat = new Heartbeat
        {
            RunId = RunViews.Run,
            Status = RuntimeStatus.Paused,
            Step = 200,
            SamplesPerSec = 3,
            Loss = double.NaN,
            CheckpointVersion = 20,
            CheckpointUri = "s3://20",
            Notes = "cold",
            Beat = 51,
            Metrics = metrics,
        };

        Assert.Equal(
            new RunProgress
            {
                Status = RuntimeStatus.Paused,
                LastHeartbeatAt = RunViews.Now,
                AdvancedAt = RunViews.Now,
                Beat = 51,
                CurrentStep = 200,
                SamplesPerSec = 3,
                Loss = double.NaN,
                CheckpointVersion = 20,
                CheckpointStep = 200,
                CheckpointUri = "s3://20",
                Metrics = metrics,
                StatusMessage = "cold",
                Heartbeats = 13,
            },
            beat.ApplyTo(RunViews.In(RunState.Running).Progress, RunViews.Now));
    }

    [Fact]
    public void What_was_not_reported_stays_but_the_measures()
    {
        var before = RunViews.In(RunState.Running).Progress;

        Assert.Equal(
            before with { LastHeartbeatAt = RunViews.Now, Heartbeats = before.Heartbeats + 1, Loss = null, SamplesPerSec = null },
            new Heartbeat { RunId = RunViews.Run }.ApplyTo(before, RunViews.Now));
    }

    [Fact]
    public void A_checkpoint_without_a_place_does_not_keep_the_place_of_the_one_before()
    {
        var before = RunViews.In(RunState.Running).Progress;
        var beat = new Heartbeat { RunId = RunViews.Run, Step = 120, CheckpointVersion = 11 };

        var after = beat.ApplyTo(before, RunViews.Now);

        Assert.Equal((11L, 120L, null), (after.CheckpointVersion, after.CheckpointStep, after.CheckpointUri));
        after = (beat with { Step = 130, CheckpointUri = "s3://11" }).ApplyTo(after, RunViews.Now);
        Assert.Equal((11L, 120L, "s3://11"), (after.CheckpointVersion, after.CheckpointStep, after.CheckpointUri));
    }
}
