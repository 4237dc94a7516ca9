namespace Orchestrator.Client.Tests.Workers;

/// <summary>A worker that shuts down hands its run back.</summary>
public sealed class ShutdownTests : IAsyncDisposable
{
    private readonly WorkerBench _bench = new();
    private readonly CancellationTokenSource _sigterm = new();

    [Fact]
    public async Task The_training_is_asked_for_a_checkpoint_and_the_run_goes_back_to_the_queue_from_there_on()
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
        Assert.Equal((2, 1_000L, 3L, "file:///3"), (next.Attempt, next.Run.CurrentStep, next.Run.CheckpointVersion, next.Run.CheckpointUri));
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
    public async Task A_checkpoint_that_came_with_a_report_counts_as_made_before_it()
    {
        var run = await TakeAsync();
        run.Report(100, 0.5, 10);
        run.Report(101, 0.5, 10, checkpointVersion: 1);
        run.Report(150, 0.5, 10, checkpointVersion: 1);
        await _sigterm.CancelAsync();

        await _bench.DisposeAsync(run);

        Assert.Equal((100L, 1L), ((await _bench.SeeAsync(run)).CurrentStep, (await _bench.SeeAsync(run)).CheckpointVersion));
    }

    [Fact]
    public async Task Without_a_checkpoint_the_run_begins_again()
    {
        var run = await TakeAsync();
        run.Report(100, 0.5, 10);
        await _sigterm.CancelAsync();

        await _bench.DisposeAsync(run);

        Assert.Equal((RunState.Queued, 0L), ((await _bench.SeeAsync(run)).State, (await _bench.SeeAsync(run)).CurrentStep));
    }

    [Theory]
    [InlineData(Kind.Cut)]
    [InlineData(Kind.LoseReply)]
    [InlineData(Kind.Hang)]
    public async Task The_run_is_handed_back_once_however_often_it_has_to_be_said(Kind kind)
    {
        var run = await TakeAsync();
        await _sigterm.CancelAsync();
        _bench.Line.Break(Operation.Attempt, kind, times: 4);

        await _bench.DisposeAsync(run);

        Assert.Equal((RunState.Queued, 2), ((await _bench.SeeAsync(run)).State, (await _bench.SeeAsync(run)).Attempt));
    }

    [Theory]
    [InlineData(Kind.Cut)]
    [InlineData(Kind.LoseReply)]
    [InlineData(Kind.Bar)]
    public async Task A_worker_that_may_begin_no_attempt_moves_the_run_to_the_queue_where_it_begins_again(Kind kind)
    {
        var run = await TakeAsync();
        run.Report(80, 0.5, 10);
        run.ReportCheckpoint(3, 80, "file:///3");
        await _sigterm.CancelAsync();
        _bench.Line.Break(Operation.Attempt, Kind.Bar);
        _bench.Line.Break(Operation.Transition, kind, times: 4);

        await _bench.DisposeAsync(run);

        var seen = await _bench.SeeAsync(run);
        Assert.Equal((RunState.Queued, 2, 0L, null), (seen.State, seen.Attempt, seen.CurrentStep, seen.StatusMessage));
    }

    [Fact]
    public async Task A_run_that_was_told_to_end_meanwhile_is_terminated_by_a_worker_that_may_begin_no_attempt()
    {
        var run = await TakeAsync();
        _bench.Line.Break(Operation.Next, Kind.Hang);
        _bench.Line.Break(Operation.Attempt, Kind.Bar);
        await _sigterm.CancelAsync();
        await _bench.TrainToStopAsync<StopRequestedException>(run);
        await _bench.Engine.Runs.TransitionAsync(run.Id, new TransitionRequest { To = RunState.Terminating, Actor = WorkerBench.Ada });

        await _bench.DisposeAsync(run);

        Assert.Equal(RunState.Terminated, (await _bench.SeeAsync(run)).State);
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

    [Fact]
    public async Task A_worker_that_never_began_leaves_the_run_in_the_queue()
    {
        var id = await _bench.QueueAsync();
        _bench.Line.Break(Operation.Heartbeat, Kind.Cut);
        var run = await _bench.AttachAsync(id, options: _bench.Options with { Shutdown = _sigterm.Token });
        await _sigterm.CancelAsync();

        await _bench.DisposeAsync(run);

        Assert.Equal((RunState.Queued, 1), ((await _bench.SeeAsync(run)).State, (await _bench.SeeAsync(run)).Attempt));
    }

    public async ValueTask DisposeAsync()
    {
        _sigterm.Dispose();
        await _bench.DisposeAsync();
    }

    private Task<WorkerRun> TakeAsync() => _bench.TakeAsync(options: _bench.Options with { Shutdown = _sigterm.Token });
}
