using Microsoft.Extensions.Logging;

namespace Orchestrator.Client.Tests.Workers;

/// <summary>A run that is no longer the worker's.</summary>
public sealed class LossTests : IAsyncDisposable
{
    private readonly WorkerBench _bench = new();

    [Theory]
    [InlineData(0)]
    [InlineData(30)]
    public async Task A_worker_whose_attempt_was_replaced_stops_at_once_and_calls_no_more(int commandWait)
    {
        var run = await _bench.TakeAsync(options: _bench.Options with { CommandWait = TimeSpan.FromSeconds(commandWait) });
        var replacement = new AttemptRequest { Actor = WorkerBench.Ada, ExpectedAttempt = 1 };
        Assert.Null((await _bench.Engine.Runs.StartAttemptAsync(run.Id, replacement)).Refusal);

        var loss = await _bench.TrainToStopAsync<RunLostException>(run);
        Assert.Equal(RefusalCode.StaleAttempt, loss.Code);
        Assert.True(run.Aborted.IsCancellationRequested);

        await AssertSilentAsync(run);
        Assert.Equal((RunState.Queued, 2, 0L), ((await _bench.SeeAsync(run)).State, (await _bench.SeeAsync(run)).Attempt, (await _bench.SeeAsync(run)).CurrentStep));
    }

    [Fact]
    public async Task Whoever_hears_of_the_loss_finds_the_work_aborted()
    {
        WorkerRun? run = null;
        var seen = new TaskCompletionSource<(bool IsAborted, bool IsStopping)>();
        var log = new EventLog(name =>
        {
            if (name == "RunLost")
            {
                seen.SetResult((run!.Aborted.IsCancellationRequested, run.IsStopping));
            }
        });
        run = await _bench.TakeAsync(options: _bench.Options with { Logger = log });

        await _bench.Engine.Runs.StartAttemptAsync(run.Id, new AttemptRequest { Actor = WorkerBench.Ada });
        await _bench.TrainToStopAsync<RunLostException>(run);

        Assert.Equal((true, true), await seen.Task.WaitAsync(TimeSpan.FromSeconds(30)));
    }

    [Fact]
    public async Task A_worker_whose_run_has_ended_stops()
    {
        var run = await _bench.TakeAsync();
        await _bench.Engine.Runs.TransitionAsync(run.Id, new TransitionRequest { To = RunState.Failed, Actor = WorkerBench.Ada });

        var loss = await _bench.TrainToStopAsync<RunLostException>(run);

        Assert.Equal(RefusalCode.RunEnded, loss.Code);
        await AssertSilentAsync(run);
    }

    [Fact]
    public async Task A_pause_ends_when_the_run_is_lost()
    {
        var run = await _bench.TakeAsync();
        await _bench.SendAsync(run, NewCommand.Pause(WorkerBench.Ada));
        await _bench.UntilAsync(() => run.HasCommands);
        var held = run.CheckControlAsync().AsTask();
        await _bench.UntilAsync(async () => (await _bench.SeeAsync(run)).State == RunState.Paused);

        await _bench.Engine.Runs.StartAttemptAsync(run.Id, new AttemptRequest { Actor = WorkerBench.Ada });

        await _bench.UntilAsync(() => held.IsCompleted);
        await Assert.ThrowsAsync<RunLostException>(() => held);
        await _bench.DisposeAsync(run);
    }

    [Theory]
    [InlineData(RefusalCode.RunNotFound)]
    [InlineData(RefusalCode.UnknownAttempt)]
    public async Task A_run_that_the_orchestrator_does_not_know_is_trained_on_for_ten_minutes(RefusalCode code)
    {
        var run = await _bench.TakeAsync();
        var began = _bench.Time.GetUtcNow();
        Forget(code);

        var loss = await _bench.TrainToStopAsync<RunLostException>(run);

        Assert.Equal(code, loss.Code);
        Assert.True(_bench.Time.GetUtcNow() - began >= TimeSpan.FromMinutes(10));
        await AssertSilentAsync(run);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_server_that_has_lost_the_run_is_a_warning_with_its_words_and_what_the_worker_does(bool isAwayFirst)
    {
        var log = new EventLog();
        var run = await _bench.TakeAsync(options: _bench.Options with { Logger = log });
        if (isAwayFirst)
        {
            _bench.Line.GoAway();
            await _bench.TrainUntilAsync(run, () => Task.FromResult(log.Events.Contains("OrchestratorAway")));
        }

        Forget(RefusalCode.RunNotFound);
        await _bench.TrainUntilAsync(run, () => Task.FromResult(log.Events.Contains("RunUnknown")));

        var (level, _, text) = log.Entries.First(entry => entry.Name == "RunUnknown");
        Assert.Equal(LogLevel.Warning, level);
        Assert.All(
            (string[])["run run", "attempt 1", "Never heard of it.", "00:10:00"], part => Assert.Contains(part, text, StringComparison.Ordinal));
        var loss = await _bench.TrainToStopAsync<RunLostException>(run);
        Assert.Equal("Never heard of it.", loss.Message);
        Assert.Contains("Never heard of it.", log.Entries.First(entry => entry.Name == "RunLost").Text, StringComparison.Ordinal);
        Assert.Equal(WorkerRunOutcome.Lost, run.Outcome);
    }

    [Fact]
    public async Task A_run_that_is_known_again_before_that_is_not_lost_and_the_time_begins_anew()
    {
        var run = await _bench.TakeAsync(options: _bench.Options with { NotFoundTimeout = TimeSpan.FromHours(1) });
        for (var round = 0; round < 3; round++)
        {
            Forget(RefusalCode.RunNotFound);
            var until = _bench.Time.GetUtcNow() + TimeSpan.FromMinutes(20);
            await _bench.TrainUntilAsync(run, () => Task.FromResult(_bench.Time.GetUtcNow() > until));

            _bench.Line.ComeBack();
            var accepted = _bench.Line.Accepted.Count;
            await _bench.TrainUntilAsync(run, () => Task.FromResult(_bench.Line.Accepted.Count > accepted));
        }

        Assert.False(run.Aborted.IsCancellationRequested);
    }

    [Fact]
    public async Task An_outage_is_no_loss_however_long_it_lasts()
    {
        var run = await _bench.TakeAsync();
        _bench.Line.GoAway();
        var until = _bench.Time.GetUtcNow() + TimeSpan.FromHours(3);

        await _bench.TrainUntilAsync(run, () => Task.FromResult(_bench.Time.GetUtcNow() > until));

        Assert.False(run.Aborted.IsCancellationRequested);
        _bench.Line.ComeBack();
    }

    [Fact]
    public async Task A_loss_is_seen_during_the_last_checkpoint_too()
    {
        var run = await _bench.TakeAsync();
        await _bench.SendAsync(run, NewCommand.Terminate(WorkerBench.Ada, "enough", finalCheckpoint: true));
        await _bench.TrainToStopAsync<StopRequestedException>(run);

        await _bench.Engine.Runs.TransitionAsync(run.Id, new TransitionRequest { To = RunState.Failed, Actor = WorkerBench.Ada });
        await _bench.UntilAsync(() => run.Aborted.IsCancellationRequested);

        await Assert.ThrowsAsync<RunLostException>(async () => await run.CheckControlAsync());
        await AssertSilentAsync(run);
        Assert.Equal(RunState.Failed, (await _bench.SeeAsync(run)).State);
    }

    public ValueTask DisposeAsync() => _bench.DisposeAsync();

    private void Forget(RefusalCode code)
    {
        foreach (var operation in Enum.GetValues<Operation>())
        {
            _bench.Line.Break(operation, Kind.Cut, refusal: new Refusal(code, "Never heard of it."));
        }
    }

    /// <summary>Nothing is called any more, by the training or by letting go.</summary>
    private async Task AssertSilentAsync(WorkerRun run)
    {
        _bench.Line.ComeBack();
        await _bench.DisposeAsync(run);
        var (calls, transitions) = (_bench.Line.Calls, (await _bench.Engine.Runs.GetTransitionsAsync(run.Id)).Value.Items.Count);
        run.Report(1_000_000, 0.1, 1);
        Assert.False(await run.CompleteAsync());
        for (var minute = 0; minute < 10; minute++)
        {
            _bench.Time.Advance(TimeSpan.FromMinutes(1));
            await Task.Yield();
        }

        Assert.Equal(calls, _bench.Line.Calls);
        Assert.Equal(transitions, (await _bench.Engine.Runs.GetTransitionsAsync(run.Id)).Value.Items.Count);
    }
}
