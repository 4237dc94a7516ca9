using Orchestrator.Core.Tests.Hosting;

namespace Orchestrator.Core.Tests.Sweeping;

/// <summary>A run that is provisioning has its own time.</summary>
public sealed class StartTimeoutTests
{
    [Fact]
    public async Task A_claimed_run_goes_back_to_the_queue_up_to_the_most_attempts_and_then_fails()
    {
        await using var fleet = await Fleet.StartAsync(hosts: 3);
        var run = await fleet.CreateAsync();
        for (var attempt = 1; attempt <= 3; attempt++)
        {
            var claimed = (await fleet.Host.Runs.ClaimAsync(new ClaimRequest { WorkerId = $"w{attempt}" })).Value.Value;
            Assert.Equal((RunState.Provisioning, attempt), claimed is null ? default : (claimed.State, claimed.Attempt));
            await fleet.PassAsync(seconds: 595);
            Assert.Equal((RunState.Provisioning, attempt), (await fleet.GetAsync(run)) is var waiting ? (waiting.State, waiting.Attempt) : default);

            await fleet.PassAsync(seconds: 5);
        }

        var failed = await fleet.GetAsync(run);
        Assert.Equal((RunState.Failed, EndReason.StartTimeout, 3, HealthStatus.Healthy), (failed.State, failed.EndReason, failed.Attempt, failed.HealthStatus));
        Assert.Equal(2, await fleet.CountAsync(run, EventType.RunAttemptStarted));
        Assert.Empty(await fleet.HealthChangesAsync(run));
        Assert.Equal(
            ["queued", "provisioning", "queued by orchestrator", "provisioning", "queued by orchestrator", "provisioning", "failed by orchestrator"],
            (await fleet.Host.Runs.GetTransitionsAsync(run)).Value.Items.Select(step =>
                step.To.ToWireName() + (step.ChangedBy == "orchestrator" && step.From is not null ? " by orchestrator" : "")));
    }

    [Fact]
    public async Task Counters_that_a_run_is_told_to_resume_from_are_no_progress_of_attempts_that_did_not_start()
    {
        await using var fleet = await Fleet.StartAsync();
        var run = await fleet.StartRunAsync();
        var resumed = new AttemptRequest { Actor = TestHost.Ada, ResumeFrom = new ResumeFrom(1_000, 5) };
        Assert.Equal(2, (await fleet.Host.Runs.StartAttemptAsync(run, resumed)).Value.Value.Attempt);
        for (var attempt = 2; attempt <= 4; attempt++)
        {
            _ = (await fleet.Host.Runs.ClaimAsync(new ClaimRequest { WorkerId = $"w{attempt}" })).Value;
            await fleet.PassAsync(seconds: 600);
        }

        var failed = await fleet.GetAsync(run);
        Assert.Equal((RunState.Failed, EndReason.StartTimeout, 4), (failed.State, failed.EndReason, failed.Attempt));
    }

    [Fact]
    public async Task A_run_that_was_not_claimed_fails_at_once()
    {
        await using var fleet = await Fleet.StartAsync();
        var run = await fleet.CreateAsync();
        await fleet.MoveAsync(run, RunState.Provisioning);
        await fleet.PassAsync(seconds: 595);
        Assert.Equal(RunState.Provisioning, (await fleet.GetAsync(run)).State);

        await fleet.PassAsync(seconds: 5);
        Assert.Equal((RunState.Failed, EndReason.StartTimeout, 1), (await fleet.GetAsync(run)) is var failed ? (failed.State, failed.EndReason!.Value, failed.Attempt) : default);
    }

    [Fact]
    public async Task A_run_that_starts_in_time_is_watched_from_then_on()
    {
        await using var fleet = await Fleet.StartAsync();
        var run = await fleet.CreateAsync();
        _ = (await fleet.Host.Runs.ClaimAsync(new ClaimRequest { WorkerId = "w" })).Value;
        await fleet.PassAsync(seconds: 595);
        await fleet.BeatAsync(run, attempt: 1);
        await fleet.PassAsync(seconds: 45);

        Assert.Equal((RunState.Running, HealthStatus.HeartbeatStale), (await fleet.GetAsync(run)) is var started ? (started.State, started.HealthStatus) : default);
    }

    [Fact]
    public async Task A_run_that_waits_in_the_queue_is_never_late()
    {
        await using var fleet = await Fleet.StartAsync();
        var run = await fleet.CreateAsync();
        await fleet.PassAsync(seconds: 3_600);

        Assert.Equal((RunState.Queued, 1, 1L), (await fleet.GetAsync(run)) is var queued ? (queued.State, queued.Attempt, queued.Revision) : default);
    }
}
