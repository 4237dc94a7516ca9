namespace Orchestrator.Client.Tests.Workers;

/// <summary>The end of a training whose last answers to commands do not arrive, or which is not taken itself.</summary>
public sealed class EndInTroubleTests : IAsyncDisposable
{
    private static readonly Refusal Busy = new(RefusalCode.StoreUnavailable, "Busy.")
    {
        Details = new Dictionary<string, object?> { ["retry_after"] = 3_600.0 },
    };

    private readonly WorkerBench _bench = new();

    [Fact]
    public async Task Answers_to_commands_go_before_the_end()
    {
        var run = await _bench.TakeAsync();
        run.OnTune = _ => TuneResult.Applied();
        _bench.Line.Break(Operation.Ack, Kind.Cut);
        var tune = await _bench.TuneAsync(run, 0.1);
        await _bench.TrainUntilAsync(run, () => Task.FromResult(!_bench.Line.Acks.IsEmpty));

        var completion = run.CompleteAsync();
        _bench.Line.ComeBack();
        await _bench.UntilDoneAsync(completion);

        Assert.Equal(CommandStatus.Applied, await _bench.StatusAsync(run, tune));
        Assert.Equal(RunState.Completed, (await _bench.SeeAsync(run)).State);
    }

    [Theory]
    [InlineData(Kind.Cut)]
    [InlineData(Kind.Bar)]
    [InlineData(Kind.Throw)]
    public async Task Answers_that_never_arrive_do_not_keep_the_end_from_being_told(Kind kind)
    {
        var run = await _bench.TakeAsync();
        run.OnTune = _ => TuneResult.Applied();
        _bench.Line.Break(Operation.Ack, kind);
        await _bench.TuneAsync(run, 0.1);
        await _bench.TrainUntilAsync(run, () => Task.FromResult(!_bench.Line.Acks.IsEmpty));

        Assert.True(await _bench.UntilDoneAsync(run.CompleteAsync()));

        Assert.Equal(RunState.Completed, (await _bench.SeeAsync(run)).State);
    }

    [Fact]
    public async Task An_answer_that_is_asked_to_wait_for_longer_than_the_end_does_not_hold_it_up()
    {
        var options = _bench.Options with { TimeProvider = TimeProvider.System, FinalReportTimeout = new WorkerRunOptions().FinalReportTimeout };
        var run = await _bench.TakeAsync(options: options);
        run.OnTune = _ => TuneResult.Applied();
        _bench.Line.Break(Operation.Ack, Kind.Cut, refusal: Busy);
        await _bench.TuneAsync(run, 0.1);
        await _bench.TrainUntilAsync(run, () => Task.FromResult(!_bench.Line.Acks.IsEmpty));

        Assert.True(await run.CompleteAsync().WaitAsync(TimeSpan.FromSeconds(30)));
    }

    [Fact]
    public async Task After_an_outage_of_everything_answers_still_go_before_the_end()
    {
        var run = await _bench.TakeAsync();
        await _bench.SendAsync(run, NewCommand.Terminate(WorkerBench.Ada, "enough"));
        await _bench.TrainToStopAsync<StopRequestedException>(run);
        _bench.Line.Break(Operation.Ack, Kind.Cut, times: 8);
        _bench.Line.Break(Operation.Transition, Kind.Cut, times: 6);

        Assert.True(await _bench.UntilDoneAsync(run.AbandonAsync("The disk is full.")));

        Assert.Equal((RunState.Terminated, EndReason.Terminated), ((await _bench.SeeAsync(run)).State, (await _bench.SeeAsync(run)).EndReason));
    }

    [Fact]
    public async Task An_end_that_nobody_takes_is_given_up_in_time_also_when_the_answer_asks_to_wait_for_longer()
    {
        var options = _bench.Options with { TimeProvider = TimeProvider.System, FinalReportTimeout = TimeSpan.FromMilliseconds(100) };
        var run = await _bench.TakeAsync(options: options);
        _bench.Line.Break(Operation.Transition, Kind.Cut, refusal: Busy);

        Assert.False(await run.CompleteAsync().WaitAsync(TimeSpan.FromSeconds(30)));
    }

    [Fact]
    public async Task The_tries_of_an_end_are_5_s_apart_at_most_whatever_a_header_asks_for()
    {
        var run = await _bench.TakeAsync();
        _bench.Line.Break(Operation.Transition, Kind.Cut, times: 1, refusal: Busy);

        var completion = run.CompleteAsync();
        await UntilTriedAsync(times: 1);
        await PassUntilTriedAsync(times: 2, atMost: TimeSpan.FromSeconds(6));

        Assert.True(await _bench.UntilDoneAsync(completion));
    }

    [Fact]
    public async Task An_end_is_tried_once_more_when_its_time_is_over()
    {
        var run = await _bench.TakeAsync(options: _bench.Options with { FinalReportTimeout = TimeSpan.FromMilliseconds(1) });
        _bench.Line.Break(Operation.Transition, Kind.Cut, times: 1, refusal: Busy);

        var completion = run.CompleteAsync();
        await UntilTriedAsync(times: 1);

        Assert.True(await _bench.UntilDoneAsync(completion));
        Assert.Equal((WorkerRunOutcome.Completed, 2), (run.Outcome, _bench.Line.Transitions.Count));
    }

    public ValueTask DisposeAsync() => _bench.DisposeAsync();

    private Task UntilTriedAsync(int times) => PassUntilTriedAsync(times, TimeSpan.Zero);

    /// <summary>Lets time pass, up to a bound, until the end was tried so often.</summary>
    private async Task PassUntilTriedAsync(int times, TimeSpan atMost)
    {
        var second = TimeSpan.FromSeconds(1);
        var began = TimeProvider.System.GetTimestamp();
        while (_bench.Line.Transitions.Count < times)
        {
            Assert.True(TimeProvider.System.GetElapsedTime(began) < TimeSpan.FromSeconds(30), "it is not tried");
            if (atMost > TimeSpan.Zero)
            {
                _bench.Time.Advance(second);
                atMost -= second;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System, TestContext.Current.CancellationToken);
        }
    }
}
