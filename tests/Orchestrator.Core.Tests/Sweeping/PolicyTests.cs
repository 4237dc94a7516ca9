using Orchestrator.Core.Tests.Hosting;

namespace Orchestrator.Core.Tests.Sweeping;

/// <summary>What becomes of an unresponsive run.</summary>
public sealed class PolicyTests
{
    [Fact]
    public async Task Recommend_tells_of_it_once_for_each_silence_and_moves_nothing()
    {
        await using var fleet = await Fleet.StartAsync(hosts: 3);
        var run = await fleet.StartRunAsync();
        await fleet.PassAsync(seconds: 600);
        Assert.Equal((RunState.Running, 1), (await fleet.GetAsync(run)) is var silent ? (silent.State, silent.Attempt) : default);
        Assert.Equal(1, await fleet.CountAsync(run, EventType.RunTerminateRecommended));

        await fleet.BeatAsync(run);
        await fleet.PassAsync(seconds: 135);
        Assert.Equal(2, await fleet.CountAsync(run, EventType.RunTerminateRecommended));
    }

    [Fact]
    public async Task Fail_ends_the_run()
    {
        await using var fleet = await Fleet.StartAsync(hosts: 3, options => options.Health.OnUnresponsive = UnresponsivePolicy.Fail);
        var run = await fleet.StartRunAsync();
        var command = (await fleet.Host.Commands.EnqueueAsync(run, NewCommand.Pause(TestHost.Ada))).Value.Value;
        await fleet.PassAsync(seconds: 130);
        Assert.Equal(RunState.Running, (await fleet.GetAsync(run)).State);

        await fleet.PassAsync(seconds: 5);
        var failed = await fleet.GetAsync(run);
        Assert.Equal((RunState.Failed, EndReason.LostWorker, HealthStatus.Unresponsive), (failed.State, failed.EndReason, failed.HealthStatus));
        Assert.Equal(CommandStatus.Superseded, (await fleet.Host.Commands.GetAsync(run, command.Id)).Value.Status);
        Assert.Equal(0, await fleet.CountAsync(run, EventType.RunTerminateRecommended));
    }

    [Fact]
    public async Task Requeue_begins_new_attempts_up_to_the_most_and_then_fails()
    {
        await using var fleet = await Fleet.StartAsync(hosts: 3, options => options.Health.OnUnresponsive = UnresponsivePolicy.Requeue);
        var run = await fleet.CreateAsync();
        for (var attempt = 1; attempt <= 3; attempt++)
        {
            _ = (await fleet.Host.Runs.ClaimAsync(new ClaimRequest { WorkerId = $"w{attempt}" })).Value;
            await fleet.BeatAsync(run, step: 7, attempt: attempt);
            await fleet.PassAsync(seconds: 135);

            if (attempt < 3)
            {
                var requeued = await fleet.GetAsync(run);
                Assert.Equal((RunState.Queued, attempt + 1, null, HealthStatus.Healthy), (requeued.State, requeued.Attempt, requeued.WorkerId, requeued.HealthStatus));
                Assert.Equal((0L, 0L, null, null), (requeued.CurrentStep, requeued.CheckpointVersion, requeued.Loss, requeued.RuntimeStatus));
                Assert.Equal(
                    RefusalCode.StaleAttempt,
                    (await fleet.Host.Heartbeats.ReportAsync(run, TestHost.Beat(run, step: 8) with { Attempt = attempt })).Refusal?.Code);
            }
        }

        var failed = await fleet.GetAsync(run);
        Assert.Equal((RunState.Failed, EndReason.LostWorker, 3), (failed.State, failed.EndReason, failed.Attempt));
        Assert.Equal(2, await fleet.CountAsync(run, EventType.RunAttemptStarted));
        Assert.Equal(3, (await fleet.HealthChangesAsync(run)).Count(change => change.StartsWith("heartbeat_stale to unresponsive", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_training_that_gets_further_in_each_attempt_survives_more_failures_than_the_most()
    {
        await using var fleet = await Fleet.StartAsync(configure: options => options.Health.OnUnresponsive = UnresponsivePolicy.Requeue);
        var run = await fleet.CreateAsync();
        for (var attempt = 1; attempt <= 6; attempt++)
        {
            _ = (await fleet.Host.Runs.ClaimAsync(new ClaimRequest { WorkerId = $"w{attempt}" })).Value;
            await fleet.BeatAsync(run, step: 10 * attempt, attempt: attempt);
            await fleet.PassAsync(seconds: 135);
        }

        Assert.Equal((RunState.Queued, 7), await fleet.GetAsync(run) is var requeued ? (requeued.State, requeued.Attempt) : default);
    }

    [Fact]
    public async Task Attempts_that_were_handed_back_do_not_count_as_failures()
    {
        await using var fleet = await Fleet.StartAsync(configure: options => options.Health.OnUnresponsive = UnresponsivePolicy.Requeue);
        var run = await fleet.CreateAsync();
        for (var attempt = 1; attempt <= 5; attempt++)
        {
            _ = (await fleet.Host.Runs.ClaimAsync(new ClaimRequest { WorkerId = "w" })).Value;
            await fleet.BeatAsync(run, step: 7, attempt: attempt);
            _ = (await fleet.Host.Runs.TransitionAsync(run, new TransitionRequest { To = RunState.Queued, Actor = TestHost.Ada, Attempt = attempt })).Value;
        }

        _ = (await fleet.Host.Runs.ClaimAsync(new ClaimRequest { WorkerId = "w" })).Value;
        await fleet.BeatAsync(run, step: 7, attempt: 6);
        await fleet.PassAsync(seconds: 135);

        Assert.Equal((RunState.Queued, 7), await fleet.GetAsync(run) is var requeued ? (requeued.State, requeued.Attempt) : default);
    }

    [Fact]
    public async Task A_run_that_is_requeued_may_resume_from_its_checkpoint_and_delivers_its_commands_again()
    {
        await using var fleet = await Fleet.StartAsync(configure: options => options.Health.OnUnresponsive = UnresponsivePolicy.Requeue);
        var run = await fleet.StartRunAsync();
        _ = (await fleet.Host.Heartbeats.ReportAsync(run, TestHost.Beat(run, step: 9) with { CheckpointVersion = 2, CheckpointUri = "s3://2" })).Value;
        var command = (await fleet.Host.Commands.EnqueueAsync(run, NewCommand.Pause(TestHost.Ada))).Value.Value;
        Assert.NotNull((await fleet.Host.Commands.NextAsync(run)).Value);
        await fleet.PassAsync(seconds: 135);

        var requeued = await fleet.GetAsync(run);
        Assert.Equal(new ResumePoint(run, 1, 2, 9, "s3://2"), requeued.ResumePoint);
        Assert.Equal((0L, 0L, null), (requeued.CurrentStep, requeued.CheckpointVersion, requeued.CheckpointUri));
        Assert.Equal(CommandStatus.Pending, (await fleet.Host.Commands.GetAsync(run, command.Id)).Value.Status);
    }
}
