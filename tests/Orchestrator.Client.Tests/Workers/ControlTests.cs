using System.Collections.Concurrent;

namespace Orchestrator.Client.Tests.Workers;

/// <summary>What commands do to the training, by both ways on which they arrive.</summary>
public sealed class ControlTests : IAsyncDisposable
{
    private readonly WorkerBench _bench = new();

    public static TheoryData<int> WaysOfDelivery { get; } = [0, 30];

    [Theory]
    [MemberData(nameof(WaysOfDelivery))]
    public async Task A_pause_holds_the_training_in_place_until_a_resume(int commandWait)
    {
        var run = await TakeAsync(commandWait);
        await _bench.TrainUntilAsync(run, async () => (await _bench.SeeAsync(run)).CurrentStep > 0);
        var pause = await _bench.SendAsync(run, NewCommand.Pause(WorkerBench.Ada));
        await WaitForCommandAsync(run, pause);

        var held = run.CheckControlAsync().AsTask();
        await _bench.UntilAsync(async () => await _bench.StatusAsync(run, pause) == CommandStatus.Applied);
        await _bench.UntilAsync(async () => (await _bench.SeeAsync(run)).RuntimeStatus == RuntimeStatus.Paused);
        Assert.Equal(RunState.Paused, (await _bench.SeeAsync(run)).State);
        Assert.False(held.IsCompleted);

        var resume = await _bench.SendAsync(run, NewCommand.Resume(WorkerBench.Ada));
        await _bench.UntilAsync(() => held.IsCompleted);
        await held;
        await _bench.UntilAsync(async () => await _bench.StatusAsync(run, resume) == CommandStatus.Applied);
        await _bench.UntilAsync(async () => (await _bench.SeeAsync(run)).RuntimeStatus == RuntimeStatus.Running);
        Assert.Equal(RunState.Running, (await _bench.SeeAsync(run)).State);
    }

    [Fact]
    public async Task No_heartbeat_after_the_answer_to_a_pause_says_that_the_training_is_running()
    {
        // Between the answer and all that follows from it there is time for heartbeats.
        using var gone = new ManualResetEventSlim();
        var log = new EventLog(name => _ = name != "CommandAnswered" || gone.Wait(TimeSpan.FromSeconds(30)));
        var run = await _bench.TakeAsync(options: _bench.Options with { Logger = log });
        var pause = await _bench.SendAsync(run, NewCommand.Pause(WorkerBench.Ada));
        await WaitForCommandAsync(run, pause);

        var held = Task.Run(async () => await run.CheckControlAsync());
        await _bench.UntilAsync(async () => await _bench.StatusAsync(run, pause) == CommandStatus.Applied);
        var before = _bench.Line.Beats.Count;
        await _bench.UntilAsync(() => _bench.Line.Beats.Count > before + 1);
        gone.Set();

        Assert.All(_bench.Line.Beats.Skip(before), beat => Assert.Equal(RuntimeStatus.Paused, beat.Status));
        await _bench.DisposeAsync(run);
        await held;
    }

    [Theory]
    [MemberData(nameof(WaysOfDelivery))]
    public async Task A_tune_is_applied_by_the_trainer_and_what_it_applied_is_told(int commandWait)
    {
        var run = await TakeAsync(commandWait);
        var asked = new List<TuneRequest>();
        run.OnTune = request =>
        {
            asked.Add(request);
            return TuneResult.Applied(new Dictionary<string, double> { ["learning_rate"] = 0.02 });
        };

        var tune = await _bench.TuneAsync(run, 0.025);
        await _bench.TrainUntilAsync(run, async () => await _bench.StatusAsync(run, tune) == CommandStatus.Applied);

        var request = Assert.Single(asked);
        Assert.Equal((tune, 0.025, WorkerBench.Ada), (request.CommandId, request.Values["learning_rate"], request.Actor));
        Assert.Equal(0.02, (await _bench.SeeAsync(run)).Tuned["learning_rate"].Value);
    }

    [Fact]
    public async Task A_tune_that_is_applied_as_asked_needs_no_values()
    {
        var run = await TakeAsync();
        run.OnTune = _ => TuneResult.Applied();

        var tune = await _bench.TuneAsync(run, 0.025);
        await _bench.TrainUntilAsync(run, async () => await _bench.StatusAsync(run, tune) == CommandStatus.Applied);

        Assert.Equal(0.025, (await _bench.SeeAsync(run)).Tuned["learning_rate"].Value);
    }

    public static TheoryData<Func<TuneRequest, TuneResult>?, string> Unwilling { get; } = new()
    {
        { _ => TuneResult.Rejected("The optimizer has none."), "The optimizer has none." },
        { _ => throw new InvalidOperationException("It fell over."), "It fell over." },
        { _ => throw new OperationCanceledException("It was cancelled."), "It was cancelled." },
        { _ => TuneResult.Applied(new Dictionary<string, double> { ["learning_rate"] = double.NaN }), "At most 64 finite values" },
        { _ => TuneResult.Rejected(new string('x', 5_000) + "\0"), "xxx" },
        { _ => TuneResult.Rejected("\0\ud800"), "\uFFFD\uFFFD" },
        { null, "This worker cannot be tuned." },
    };

    [Theory]
    [MemberData(nameof(Unwilling))]
    public async Task A_tune_that_cannot_be_applied_is_rejected_with_a_reason_and_the_training_goes_on(Func<TuneRequest, TuneResult>? onTune, string reason)
    {
        var run = await TakeAsync();
        run.OnTune = onTune;

        var tune = await _bench.TuneAsync(run, 0.025);
        await _bench.TrainUntilAsync(run, async () => await _bench.StatusAsync(run, tune) == CommandStatus.Rejected);

        Assert.StartsWith(reason, (await _bench.Engine.Commands.GetAsync(run.Id, tune)).Value.Acknowledgement?.Reason);
        Assert.Empty((await _bench.SeeAsync(run)).Tuned);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_terminate_stops_the_training_and_is_acknowledged_when_it_has_ended(bool finalCheckpoint)
    {
        var run = await TakeAsync();
        var terminate = await _bench.SendAsync(run, NewCommand.Terminate(WorkerBench.Ada, "enough", finalCheckpoint));

        var stop = await _bench.TrainToStopAsync<StopRequestedException>(run);
        await _bench.UntilAsync(async () => (await _bench.SeeAsync(run)).RuntimeStatus == RuntimeStatus.Terminating);
        Assert.Equal((StopCause.Terminate, "enough", finalCheckpoint), (stop.Cause, stop.Reason, stop.FinalCheckpoint));
        Assert.Equal(CommandStatus.Delivered, await _bench.StatusAsync(run, terminate));

        run.Report(1_000_000, 0.25, 10);
        run.ReportCheckpoint(7, 1_000_000, "file:///7");
        await _bench.DisposeAsync(run);

        var seen = await _bench.SeeAsync(run);
        Assert.Equal((RunState.Terminated, EndReason.Terminated), (seen.State, seen.EndReason));
        Assert.Equal((1_000_000, 7, "file:///7"), (seen.CurrentStep, seen.CheckpointVersion, seen.CheckpointUri));
        Assert.Equal(CommandStatus.Applied, await _bench.StatusAsync(run, terminate));
        Assert.NotNull((await _bench.Engine.Commands.GetAsync(run.Id, terminate)).Value.AcknowledgedAt);
    }

    [Fact]
    public async Task Every_check_after_a_terminate_says_so_again()
    {
        var run = await TakeAsync();
        await _bench.SendAsync(run, NewCommand.Terminate(WorkerBench.Ada, "enough"));
        await _bench.TrainToStopAsync<StopRequestedException>(run);

        await Assert.ThrowsAsync<StopRequestedException>(async () => await run.CheckControlAsync());
    }

    [Fact]
    public async Task A_terminate_during_a_pause_ends_the_pause()
    {
        var run = await TakeAsync();
        var pause = await _bench.SendAsync(run, NewCommand.Pause(WorkerBench.Ada));
        await WaitForCommandAsync(run, pause);
        var held = run.CheckControlAsync().AsTask();
        await _bench.UntilAsync(async () => (await _bench.SeeAsync(run)).State == RunState.Paused);

        await _bench.SendAsync(run, NewCommand.Terminate(WorkerBench.Ada, "enough"));

        await _bench.UntilAsync(() => held.IsCompleted);
        await Assert.ThrowsAsync<StopRequestedException>(() => held);
    }

    [Fact]
    public async Task A_second_terminate_is_acknowledged_with_the_first()
    {
        var run = await TakeAsync();
        await _bench.SendAsync(run, NewCommand.Terminate(WorkerBench.Ada, "enough"));
        await _bench.TrainToStopAsync<StopRequestedException>(run);
        var second = await _bench.SendAsync(run, NewCommand.Terminate(WorkerBench.Ada, "really"));
        await WaitForCommandAsync(run, second);

        await _bench.DisposeAsync(run);

        Assert.Equal(CommandStatus.Applied, await _bench.StatusAsync(run, second));
        Assert.Equal(EndReason.Terminated, (await _bench.SeeAsync(run)).EndReason);
    }

    [Fact]
    public async Task A_command_that_comes_during_a_checkpoint_waits_for_the_next_check()
    {
        var run = await TakeAsync();
        var tuned = false;
        run.OnTune = _ =>
        {
            tuned = true;
            return TuneResult.Applied();
        };
        var tune = await _bench.TuneAsync(run, 0.1);
        await WaitForCommandAsync(run, tune);

        // The checkpoint takes its time: longer than until the command is delivered again.
        _bench.Time.Advance(TimeSpan.FromSeconds(60));
        Assert.False(tuned);
        Assert.Equal(CommandStatus.Delivered, await _bench.StatusAsync(run, tune));

        await run.CheckControlAsync();
        Assert.True(tuned);
    }

    [Fact]
    public async Task Commands_are_applied_once_each_and_no_setting_goes_back_however_bad_the_line_is()
    {
        var run = await TakeAsync();
        var applied = new ConcurrentQueue<CommandId>();
        run.OnTune = request =>
        {
            applied.Enqueue(request.CommandId);
            return TuneResult.Applied();
        };
        _bench.Line.Break(Operation.Ack, Kind.LoseReply, times: 4);
        _bench.Line.Break(Operation.Next, Kind.LoseReply, times: 2);
        _bench.Line.Break(Operation.Heartbeat, Kind.Hang, times: 2);

        var tunes = new List<CommandId>();
        for (var number = 1; number <= 6; number++)
        {
            tunes.Add(await _bench.SendAsync(run, NewCommand.Tune(
                WorkerBench.Ada, KeyValuePair.Create(number % 2 == 0 ? "learning_rate" : "entropy_coef", 0.01 * number))));
        }

        await _bench.TrainUntilAsync(run, async () => await _bench.StatusAsync(run, tunes[^1]) == CommandStatus.Applied && await _bench.StatusAsync(run, tunes[^2]) == CommandStatus.Applied);

        // A tune whose delivery was lost is delivered again after the next one, or a newer tune of its setting replaces it. No setting goes back.
        Assert.Equal(applied.Distinct(), applied);
        Assert.All([0, 1], setting =>
        {
            var ofSetting = applied.Select(id => tunes.IndexOf(id)).Where(number => number % 2 == setting).ToList();
            Assert.Equal(ofSetting.Order(), ofSetting);
        });
        var tuned = (await _bench.SeeAsync(run)).Tuned;
        Assert.Equal((0.06, 0.05), (tuned["learning_rate"].Value, tuned["entropy_coef"].Value));
    }

    [Fact]
    public async Task Answers_that_nobody_takes_are_kept_and_sent_in_their_order_when_somebody_does()
    {
        var run = await TakeAsync();
        var count = 0;
        run.OnTune = _ => TuneResult.Applied(new Dictionary<string, double> { ["learning_rate"] = 0.001 * ++count });
        _bench.Line.Break(Operation.Ack, Kind.Cut);
        var first = await _bench.TuneAsync(run, 0.1);
        var second = await _bench.TuneAsync(run, 0.2);
        var third = await _bench.TuneAsync(run, 0.3);
        await _bench.TrainUntilAsync(run, () => Task.FromResult(count == 3 && _bench.Line.Acks.Count >= 20));
        Assert.All(_bench.Line.Acks, ack => Assert.Equal(first, ack));

        _bench.Line.ComeBack();
        await _bench.TrainUntilAsync(run, async () => await _bench.StatusAsync(run, third) == CommandStatus.Applied);

        Assert.Equal([first, second, third], _bench.Line.Acks.Distinct());
        Assert.Equal(3, count);
        Assert.Equal(0.003, (await _bench.SeeAsync(run)).Tuned["learning_rate"].Value);
    }

    [Fact]
    public async Task An_answer_that_contradicts_an_earlier_one_is_given_up_and_the_next_is_sent()
    {
        var run = await TakeAsync();
        run.OnTune = _ => TuneResult.Applied();
        var first = await _bench.TuneAsync(run, 0.1);
        await WaitForCommandAsync(run, first);
        var rejection = new Acknowledgement { Outcome = AckOutcome.Rejected, Attempt = 1 };
        Assert.Null((await _bench.Engine.Commands.AcknowledgeAsync(run.Id, first, rejection)).Refusal);
        var second = await _bench.TuneAsync(run, 0.2);

        await _bench.TrainUntilAsync(run, async () => await _bench.StatusAsync(run, second) == CommandStatus.Applied);

        Assert.Equal(CommandStatus.Rejected, await _bench.StatusAsync(run, first));
        Assert.Equal(1, _bench.Line.Acks.Count(ack => ack == first));
    }

    [Fact]
    public async Task A_heartbeat_says_which_commands_still_wait()
    {
        var run = await TakeAsync();
        var tune = await _bench.TuneAsync(run, 0.1);

        await _bench.UntilAsync(() => _bench.Line.Beats.Any(beat => beat.QueuedCommands?.Contains(tune) == true));
    }

    public ValueTask DisposeAsync() => _bench.DisposeAsync();

    private Task<WorkerRun> TakeAsync(int commandWait = 30) =>
        _bench.TakeAsync(options: _bench.Options with { CommandWait = TimeSpan.FromSeconds(commandWait) });

    private Task WaitForCommandAsync(WorkerRun run, CommandId command) =>
        _bench.UntilAsync(async () => await _bench.StatusAsync(run, command) == CommandStatus.Delivered && run.HasCommands);
}
