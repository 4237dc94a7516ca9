namespace Orchestrator.Client.Tests.Workers;

/// <summary>A worker that shuts down hands its run back.</summary>
public sealed class ShutdownTests : IAsyncDisposable
{
    private readonly WorkerBench _bench = new();
    private readonly CancellationTokenSource _sigterm = new();

    [Fact]
    public async Task The_training_is_asked_for_a_checkpoint_and_the_next_attempt_may_begin_from_it()
    {
        var run = await TakeAsync();
        run.Report(80, 0.5, 10);
        await _sigterm.CancelAsync();

        var stop = await _bench.TrainToStopAsync<StopRequestedException>(run);
        Assert.Equal((StopCause.Shutdown, true), (stop.Cause, stop.FinalCheckpoint));
        Assert.Equal(RunState.Running, (await _bench.SeeAsync(run)).State);
        run.ReportCheckpoint(3, 1_000, "file:///3");
        run.Report(1_007, 0.5, 10);
        await _bench.DisposeAsync(run);

        var next = await _bench.ClaimAsync("worker-2");
        Assert.NotNull(next);
        Assert.Equal((2, 0L, 0L), (next.Attempt, next.Run.CurrentStep, next.Run.CheckpointVersion));
        Assert.Equal(new ResumePoint(run.Id, 1, 3, 1_007, "file:///3"), next.Run.ResumePoint);
    }

    [Fact]
    public async Task A_token_given_to_the_check_is_a_shutdown_too()
    {
        var run = await TakeAsync();
        await _sigterm.CancelAsync();

        var stop = await Assert.ThrowsAsync<StopRequestedException>(async () => await run.CheckControlAsync(_sigterm.Token));

        Assert.Equal(StopCause.Shutdown, stop.Cause);
        await _bench.DisposeAsync(run);
        Assert.Equal((RunState.Queued, 2), ((await _bench.SeeAsync(run)).State, (await _bench.SeeAsync(run)).Attempt));
    }

    [Fact]
    public async Task Without_a_checkpoint_the_run_begins_again()
    {
        var run = await TakeAsync();
        run.Report(100, 0.5, 10);
        await _sigterm.CancelAsync();

        await _bench.DisposeAsync(run);

        var seen = await _bench.SeeAsync(run);
        Assert.Equal((RunState.Queued, 0L, null), (seen.State, seen.CurrentStep, seen.ResumePoint));
    }

    [Theory]
    [InlineData(Kind.Cut)]
    [InlineData(Kind.LoseReply)]
    [InlineData(Kind.Hang)]
    public async Task The_run_is_handed_back_once_however_often_it_has_to_be_said(Kind kind)
    {
        var run = await TakeAsync();
        await _sigterm.CancelAsync();
        _bench.Line.Break(Operation.Transition, kind, times: 4);

        await _bench.DisposeAsync(run);

        Assert.Equal((RunState.Queued, 2), ((await _bench.SeeAsync(run)).State, (await _bench.SeeAsync(run)).Attempt));
        Assert.Equal(WorkerRunOutcome.HandedBack, run.Outcome);
    }

    [Fact]
    public async Task An_exception_while_the_worker_shuts_down_hands_the_run_back()
    {
        var run = await TakeAsync();
        run.Report(80, 0.5, 10, checkpointVersion: 2, checkpointUri: "file:///2");
        await _sigterm.CancelAsync();

        Assert.True(await _bench.UntilDoneAsync(run.AbandonAsync(new IOException("A data loader was killed."))));

        Assert.Equal((RunState.Queued, 2), ((await _bench.SeeAsync(run)).State, (await _bench.SeeAsync(run)).Attempt));
        Assert.Equal(WorkerRunOutcome.HandedBack, run.Outcome);
        var moved = (await _bench.Engine.Runs.GetTransitionsAsync(run.Id)).Value.Items[^1];
        Assert.Equal("IOException: A data loader was killed.", moved.Reason);
    }

    [Fact]
    public async Task An_exception_after_a_token_of_the_last_check_was_cancelled_hands_the_run_back()
    {
        var run = await _bench.TakeAsync();
        await run.CheckControlAsync(_sigterm.Token);
        await _sigterm.CancelAsync();

        Assert.True(await _bench.UntilDoneAsync(run.AbandonAsync(new IOException("A data loader was killed."))));

        Assert.Equal(WorkerRunOutcome.HandedBack, run.Outcome);
    }

    [Fact]
    public async Task A_failure_is_final_also_while_the_worker_shuts_down()
    {
        var run = await TakeAsync();
        await _sigterm.CancelAsync();

        Assert.True(await _bench.UntilDoneAsync(run.FailAsync("The data set is gone.")));

        Assert.Equal((RunState.Failed, WorkerRunOutcome.Failed), ((await _bench.SeeAsync(run)).State, run.Outcome));
    }

    [Fact]
    public async Task A_hand_back_says_what_the_run_was_at_and_leaves_it_to_the_orchestrator_where_the_next_attempt_begins()
    {
        var run = await TakeAsync();
        run.Report(80, 0.5, 10, checkpointVersion: 2, checkpointUri: "file:///2", metrics: new Dictionary<string, double> { ["accuracy"] = 0.9 });
        await _sigterm.CancelAsync();

        await _bench.DisposeAsync(run);

        var handBack = _bench.Line.Transitions.First();
        Assert.Equal((RunState.Queued, 1, run.Run.ClaimId), (handBack.To, handBack.Attempt, handBack.ClaimId));
        Assert.Equal((80, 0.5, 2, "file:///2"), (handBack.Final?.Step, handBack.Final?.Loss, handBack.Final?.CheckpointVersion, handBack.Final?.CheckpointUri));
        Assert.Equal(0.9, handBack.Final?.Metrics?["accuracy"]);
        Assert.Equal(new ResumePoint(run.Id, 1, 2, 80, "file:///2"), (await _bench.SeeAsync(run)).ResumePoint);
    }

    [Fact]
    public async Task A_run_that_was_moved_to_terminating_meanwhile_is_terminated()
    {
        var run = await TakeAsync();
        _bench.Line.Break(Operation.Next, Kind.Hang);
        await _sigterm.CancelAsync();
        await _bench.TrainToStopAsync<StopRequestedException>(run);
        await _bench.Engine.Runs.TransitionAsync(run.Id, new TransitionRequest { To = RunState.Terminating, Actor = WorkerBench.Ada });

        await _bench.DisposeAsync(run);

        Assert.Equal((RunState.Terminated, WorkerRunOutcome.Terminated), ((await _bench.SeeAsync(run)).State, run.Outcome));
    }

    [Fact]
    public async Task A_pause_ends_with_the_shutdown()
    {
        var run = await TakeAsync();
        await _bench.SendAsync(run, NewCommand.Pause(WorkerBench.Ada));
        await _bench.UntilAsync(() => run.HasCommands);
        var held = run.CheckControlAsync().AsTask();
        await _bench.UntilAsync(async () => (await _bench.SeeAsync(run)).State == RunState.Paused);

        await _sigterm.CancelAsync();

        Assert.Equal(StopCause.Shutdown, (await Assert.ThrowsAsync<StopRequestedException>(() => held)).Cause);
        await _bench.DisposeAsync(run);
        Assert.Equal(RunState.Queued, (await _bench.SeeAsync(run)).State);
    }

    [Fact]
    public async Task A_run_that_was_told_to_end_meanwhile_is_terminated()
    {
        var run = await TakeAsync();
        await _sigterm.CancelAsync();
        await _bench.TrainToStopAsync<StopRequestedException>(run);
        _bench.Line.Break(Operation.Next, Kind.Cut);
        await _bench.UntilAsync(() => _bench.Line.Calls > 0);
        await _bench.SendAsync(run, NewCommand.Terminate(WorkerBench.Ada, "enough"));

        await _bench.DisposeAsync(run);

        Assert.Equal(RunState.Terminated, (await _bench.SeeAsync(run)).State);
    }

    public async ValueTask DisposeAsync()
    {
        _sigterm.Dispose();
        await _bench.DisposeAsync();
    }

    private Task<WorkerRun> TakeAsync() => _bench.TakeAsync(options: _bench.Options with { Shutdown = _sigterm.Token });
}
