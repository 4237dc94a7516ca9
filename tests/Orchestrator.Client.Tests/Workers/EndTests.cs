namespace Orchestrator.Client.Tests.Workers;

/// <summary>What the orchestrator is told at the end of a training.</summary>
public sealed class EndTests : IAsyncDisposable
{
    private readonly WorkerBench _bench = new();

    [Fact]
    public async Task A_training_that_is_done_completes_its_run_with_the_last_numbers()
    {
        var run = await _bench.TakeAsync();
        run.Report(500, 0.01, 99, checkpointVersion: 4);
        run.ReportCheckpoint(5, 500, "file:///5");

        Assert.True(await _bench.UntilDoneAsync(run.CompleteAsync()));

        var seen = await _bench.SeeAsync(run);
        Assert.Equal((RunState.Completed, EndReason.Completed), (seen.State, seen.EndReason));
        Assert.Equal((500, 0.01, 99, 5, "file:///5"), (seen.CurrentStep, seen.Loss, seen.SamplesPerSec, seen.CheckpointVersion, seen.CheckpointUri));
    }

    [Fact]
    public async Task The_metrics_of_the_last_report_are_the_runs_also_when_no_heartbeat_has_sent_them()
    {
        var run = await _bench.TakeAsync();
        run.Report(500, metrics: new Dictionary<string, double> { ["accuracy"] = 0.97 });

        Assert.True(await _bench.UntilDoneAsync(run.CompleteAsync()));

        var seen = await _bench.SeeAsync(run);
        Assert.Equal((RunState.Completed, 500L, WorkerRunOutcome.Completed), (seen.State, seen.CurrentStep, run.Outcome));
        Assert.Equal(0.97, seen.Metrics?["accuracy"]);
    }

    [Fact]
    public async Task A_failure_is_final_and_tells_why()
    {
        var run = await _bench.TakeAsync();

        Assert.True(await _bench.UntilDoneAsync(run.FailAsync("The data set is gone.")));

        var seen = await _bench.SeeAsync(run);
        Assert.Equal((RunState.Failed, "The data set is gone.", "The data set is gone."), (seen.State, seen.StatusMessage, seen.EndMessage));
    }

    [Fact]
    public async Task An_error_leaves_the_run_to_be_started_again()
    {
        var run = await _bench.TakeAsync();

        Assert.True(await _bench.UntilDoneAsync(run.AbandonAsync(new string('x', 5_000) + "\0")));

        Assert.Equal(RunState.Errored, (await _bench.SeeAsync(run)).State);
        Assert.Null((await _bench.Engine.Runs.StartAttemptAsync(run.Id, new AttemptRequest { Actor = WorkerBench.Ada })).Refusal);
    }

    [Fact]
    public async Task An_exception_leaves_an_error_with_its_type_and_its_message()
    {
        var run = await _bench.TakeAsync();

        Assert.True(await _bench.UntilDoneAsync(run.AbandonAsync(new InvalidOperationException("The gradient exploded."))));

        var seen = await _bench.SeeAsync(run);
        Assert.Equal((RunState.Errored, "InvalidOperationException: The gradient exploded."), (seen.State, seen.StatusMessage));
        Assert.Equal(seen.StatusMessage, (await _bench.Engine.Runs.GetTransitionsAsync(run.Id)).Value.Items[^1].Reason);
        Assert.Equal(WorkerRunOutcome.Errored, run.Outcome);
    }

    [Fact]
    public async Task A_worker_that_lets_go_without_a_word_leaves_an_error()
    {
        var run = await _bench.TakeAsync();

        await _bench.DisposeAsync(run);

        var seen = await _bench.SeeAsync(run);
        Assert.Equal(RunState.Errored, seen.State);
        Assert.Contains("without an end", seen.StatusMessage, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(Kind.Cut)]
    [InlineData(Kind.LoseReply)]
    [InlineData(Kind.Hang)]
    [InlineData(Kind.Throw)]
    public async Task The_end_is_told_once_however_often_it_has_to_be_said(Kind kind)
    {
        var run = await _bench.TakeAsync();
        _bench.Line.Break(Operation.Transition, kind, times: 5);

        Assert.True(await _bench.UntilDoneAsync(run.CompleteAsync()));

        Assert.Single((await _bench.Engine.Runs.GetTransitionsAsync(run.Id)).Value.Items, step => step.To == RunState.Completed);
    }

    [Fact]
    public async Task An_end_that_nobody_takes_is_given_up_after_a_while()
    {
        var (patience, log) = (new WorkerRunOptions().FinalReportTimeout, new EventLog());
        var run = await _bench.TakeAsync(options: _bench.Options with { FinalReportTimeout = patience, Logger = log });
        var began = _bench.Time.GetUtcNow();
        _bench.Line.GoAway();

        Assert.False(await _bench.UntilDoneAsync(run.CompleteAsync()));

        Assert.True(_bench.Time.GetUtcNow() - began >= patience);
        Assert.Equal(WorkerRunOutcome.Undelivered, run.Outcome);
        Assert.Single(log.Events, name => name == "EndUnreported");
    }

    [Fact]
    public async Task A_run_that_ended_otherwise_is_no_error()
    {
        var log = new EventLog();
        var run = await _bench.TakeAsync(options: _bench.Options with { Logger = log });
        await _bench.Engine.Runs.TransitionAsync(run.Id, new TransitionRequest { To = RunState.Failed, Actor = WorkerBench.Ada });

        Assert.False(await _bench.UntilDoneAsync(run.CompleteAsync()));

        Assert.Equal((RunState.Failed, WorkerRunOutcome.Lost), ((await _bench.SeeAsync(run)).State, run.Outcome));
        Assert.DoesNotContain("EndRefused", log.Events);
    }

    [Fact]
    public async Task An_end_that_is_refused_is_an_outcome_of_its_own_and_an_error_in_the_log_with_the_orchestrators_words()
    {
        var log = new EventLog();
        var run = await _bench.TakeAsync(options: _bench.Options with { Logger = log });
        _bench.Line.Break(Operation.Transition, Kind.Cut, refusal: new Refusal(RefusalCode.RunIdMismatch, "The host says no."));

        Assert.False(await _bench.UntilDoneAsync(run.CompleteAsync()));
        await _bench.DisposeAsync(run);

        Assert.Equal(WorkerRunOutcome.Refused, run.Outcome);
        Assert.Contains("The host says no.", Assert.Single(log.Entries, entry => entry.Name == "EndRefused").Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_first_end_stands()
    {
        var run = await _bench.TakeAsync();

        var (failed, completed) = (run.FailAsync("first"), run.CompleteAsync());
        Assert.True(await _bench.UntilDoneAsync(failed));
        Assert.True(await _bench.UntilDoneAsync(completed));

        Assert.Equal(RunState.Failed, (await _bench.SeeAsync(run)).State);
    }

    [Theory]
    [InlineData(RunState.Paused)]
    [InlineData(RunState.Errored)]
    public async Task A_training_that_is_done_completes_a_run_that_does_not_seem_to_be_running(RunState state)
    {
        var run = await _bench.TakeAsync();
        _bench.Line.Break(Operation.Heartbeat, Kind.Cut);
        await _bench.Engine.Runs.TransitionAsync(run.Id, new TransitionRequest { To = state, Actor = WorkerBench.Ada });

        run.Report(10, 0.1, 1);
        var completion = run.CompleteAsync();
        _bench.Line.ComeBack();

        Assert.True(await _bench.UntilDoneAsync(completion));
        Assert.Equal((RunState.Completed, 10L), ((await _bench.SeeAsync(run)).State, (await _bench.SeeAsync(run)).CurrentStep));
    }

    [Fact]
    public async Task A_run_that_was_told_to_end_is_terminated_also_when_the_last_checkpoint_fails()
    {
        var run = await _bench.TakeAsync();
        await _bench.SendAsync(run, NewCommand.Terminate(WorkerBench.Ada, "enough", finalCheckpoint: true));
        await _bench.TrainToStopAsync<StopRequestedException>(run);

        Assert.True(await _bench.UntilDoneAsync(run.AbandonAsync("The disk is full.")));

        var seen = await _bench.SeeAsync(run);
        Assert.Equal((RunState.Terminated, EndReason.Terminated, "The disk is full."), (seen.State, seen.EndReason, seen.StatusMessage));
    }

    [Fact]
    public async Task A_terminate_that_the_training_never_saw_is_acknowledged_when_the_worker_lets_go()
    {
        var run = await _bench.TakeAsync();
        await _bench.SendAsync(run, NewCommand.Terminate(WorkerBench.Ada, "enough"));
        await _bench.UntilAsync(() => run.HasCommands);

        await _bench.DisposeAsync(run);

        Assert.Equal(EndReason.Terminated, (await _bench.SeeAsync(run)).EndReason);
    }

    [Fact]
    public async Task A_training_that_is_done_when_it_is_told_to_end_is_completed()
    {
        var run = await _bench.TakeAsync();
        await _bench.SendAsync(run, NewCommand.Terminate(WorkerBench.Ada, "enough"));

        Assert.True(await _bench.UntilDoneAsync(run.CompleteAsync()));

        Assert.Equal(RunState.Completed, (await _bench.SeeAsync(run)).State);
    }

    [Fact]
    public async Task After_the_end_a_check_obeys_nothing_but_a_wish_to_stop()
    {
        var run = await _bench.TakeAsync();
        await _bench.SendAsync(run, NewCommand.Pause(WorkerBench.Ada));
        await _bench.UntilAsync(() => run.HasCommands);
        Assert.True(await _bench.UntilDoneAsync(run.CompleteAsync()));

        await run.CheckControlAsync();

        var stop = await Assert.ThrowsAsync<StopRequestedException>(async () => await run.CheckControlAsync(new CancellationToken(canceled: true)));
        Assert.False(stop.FinalCheckpoint);
    }

    public static TheoryData<Func<WorkerRun, Task>> Ends { get; } = new()
    {
        run => run.CompleteAsync(),
        run => run.FailAsync("No data."),
        run => run.AbandonAsync("The disk is full."),
        run => run.DisposeAsync().AsTask(),
    };

    [Theory]
    [MemberData(nameof(Ends))]
    public async Task A_check_that_a_pause_holds_returns_when_the_run_is_ended_from_elsewhere(Func<WorkerRun, Task> endAsync)
    {
        var run = await _bench.TakeAsync();
        await _bench.SendAsync(run, NewCommand.Pause(WorkerBench.Ada));
        await _bench.UntilAsync(() => run.HasCommands);
        var held = run.CheckControlAsync().AsTask();
        await _bench.UntilAsync(async () => (await _bench.SeeAsync(run)).State == RunState.Paused);

        var end = endAsync(run);
        await _bench.UntilAsync(() => end.IsCompleted && held.IsCompleted);

        await end;
        await held;
    }

    [Fact]
    public async Task Whoever_stops_waiting_for_the_end_does_not_wait_and_letting_go_still_tells_it()
    {
        var run = await _bench.TakeAsync();
        _bench.Line.GoAway();
        using var cancellation = new CancellationTokenSource();
        var completion = run.CompleteAsync(cancellation.Token);
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => completion);

        _bench.Line.ComeBack();
        await _bench.DisposeAsync(run);

        Assert.Equal(RunState.Completed, (await _bench.SeeAsync(run)).State);
    }

    public ValueTask DisposeAsync() => _bench.DisposeAsync();
}
