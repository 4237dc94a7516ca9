namespace Orchestrator.Client.Tests.Workers;

public sealed class ReportTests : IAsyncDisposable
{
    private readonly WorkerBench _bench = new();

    [Fact]
    public async Task A_worker_is_heard_of_at_once_and_its_run_is_running()
    {
        var id = await _bench.QueueAsync();
        var run = await _bench.AttachAsync(id);

        await _bench.UntilAsync(async () => (await _bench.SeeAsync(run)).State == RunState.Running);

        var seen = await _bench.SeeAsync(run);
        Assert.Equal((0L, RuntimeStatus.Running), (seen.CurrentStep, seen.RuntimeStatus));
    }

    [Fact]
    public async Task The_newest_report_wins()
    {
        var run = await _bench.TakeAsync();
        for (var step = 1; step <= 5; step++)
        {
            run.Report(step, loss: 0.1 * step, samplesPerSec: 100 + step, checkpointVersion: step / 2, metrics: new Dictionary<string, double> { ["accuracy"] = step });
        }

        await _bench.UntilAsync(async () => (await _bench.SeeAsync(run)).CurrentStep == 5);

        var seen = await _bench.SeeAsync(run);
        Assert.Equal((0.5, 105d, 2L), (seen.Loss, seen.SamplesPerSec, seen.CheckpointVersion));
        Assert.Equal(5, seen.Metrics?["accuracy"]);
    }

    [Fact]
    public async Task Every_heartbeat_has_the_attempt_and_a_rising_number()
    {
        var run = await _bench.TakeAsync();
        await _bench.TrainUntilAsync(run, () => Task.FromResult(_bench.Line.Accepted.Count >= 5));

        var beats = _bench.Line.Beats.ToArray();
        Assert.All(beats, beat => Assert.Equal(1, beat.Attempt));
        Assert.All(beats.Zip(beats[1..]), pair => Assert.True(pair.First.Beat < pair.Second.Beat));
    }

    [Fact]
    public async Task A_worker_that_is_started_again_in_the_same_attempt_is_heard()
    {
        var first = await _bench.TakeAsync();
        await _bench.TrainUntilAsync(first, () => Task.FromResult(_bench.Line.Accepted.Count >= 3));
        await _bench.DisposeAsync(first);

        var second = await _bench.AttachAsync(RunId.Parse("run"));
        var step = second.Run.CurrentStep + 1_000;
        second.Report(step, 0.1, 1);

        await _bench.UntilAsync(async () => (await _bench.SeeAsync(second)).CurrentStep == step);
    }

    [Theory]
    [InlineData(Kind.Cut)]
    [InlineData(Kind.LoseReply)]
    [InlineData(Kind.Hang)]
    [InlineData(Kind.Throw)]
    public async Task What_a_heartbeat_in_trouble_said_the_next_one_says(Kind kind)
    {
        var run = await _bench.TakeAsync();
        _bench.Line.Break(Operation.Heartbeat, kind, times: 3);
        run.Report(41, 0.5, 10);
        await _bench.UntilAsync(async () => (await _bench.SeeAsync(run)).CurrentStep == 41);
        run.Report(42, 0.5, 10);

        await _bench.UntilAsync(async () => (await _bench.SeeAsync(run)).CurrentStep == 42);

        Assert.Null((await _bench.SeeAsync(run)).LastRefusal);
    }

    [Fact]
    public async Task The_training_goes_on_while_the_orchestrator_is_away_and_is_reported_when_it_is_back()
    {
        var run = await _bench.TakeAsync();
        _bench.Line.GoAway();
        var calls = _bench.Line.Calls;

        await _bench.TrainUntilAsync(run, () => Task.FromResult(_bench.Line.Calls >= calls + 20));
        _bench.Line.ComeBack();
        run.Report(1_000_000, 0.1, 1);

        await _bench.UntilAsync(async () => (await _bench.SeeAsync(run)).CurrentStep == 1_000_000);
        Assert.False(run.Aborted.IsCancellationRequested);
    }

    [Fact]
    public async Task A_server_that_asks_for_fewer_heartbeats_gets_fewer()
    {
        var run = await _bench.TakeAsync(options: _bench.Options with { Interval = TimeSpan.FromSeconds(1) });

        await _bench.TrainUntilAsync(run, () => Task.FromResult(_bench.Line.Accepted.Count >= 20));

        var accepted = _bench.Line.Accepted.ToArray();
        Assert.All(accepted.Zip(accepted[1..]), pair => Assert.True(pair.Second - pair.First >= TimeSpan.FromSeconds(4.5)));
        Assert.InRange(_bench.Line.Throttled, 0, 5);
    }

    [Fact]
    public async Task A_step_that_goes_back_stays_where_it_was_until_the_training_has_caught_up()
    {
        var run = await _bench.TakeAsync();
        run.Report(100, 0.5, 10, checkpointVersion: 3);
        run.Report(50, 0.7, 10, checkpointVersion: 2);
        await _bench.UntilAsync(async () => (await _bench.SeeAsync(run)).Loss == 0.7);
        Assert.Equal((100L, 3L), ((await _bench.SeeAsync(run)).CurrentStep, (await _bench.SeeAsync(run)).CheckpointVersion));

        run.Report(101, 0.4, 10);

        await _bench.UntilAsync(async () => (await _bench.SeeAsync(run)).CurrentStep == 101);
        Assert.Null((await _bench.SeeAsync(run)).LastRefusal);
    }

    [Fact]
    public async Task A_run_that_is_further_than_its_worker_knows_refuses_one_heartbeat_and_takes_the_next()
    {
        var run = await _bench.TakeAsync();
        var other = new Heartbeat { RunId = run.Id, Attempt = 1, Status = RuntimeStatus.Running, Step = 500, Loss = 1, SamplesPerSec = 1, CheckpointVersion = 9 };
        _bench.Time.Advance(TimeSpan.FromSeconds(5));
        await _bench.UntilAsync(async () => (await _bench.Engine.Heartbeats.ReportAsync(run.Id, other)).Refusal is null);

        run.Report(10, 0.25, 10);

        await _bench.UntilAsync(async () => (await _bench.SeeAsync(run)).Loss == 0.25);
        Assert.Equal((500L, 9L), ((await _bench.SeeAsync(run)).CurrentStep, (await _bench.SeeAsync(run)).CheckpointVersion));
    }

    [Theory]
    [InlineData(1, double.NaN, 10)]
    [InlineData(1, double.PositiveInfinity, double.NaN)]
    [InlineData(1, double.NegativeInfinity, double.PositiveInfinity)]
    [InlineData(1, 0.5, -3)]
    [InlineData(-7, 0.5, 1)]
    [InlineData(long.MaxValue, 0.5, 1)]
    [InlineData(long.MinValue, 0.5, 1)]
    public async Task Awkward_numbers_leave_the_worker_heard(long step, double loss, double samplesPerSec)
    {
        var run = await _bench.TakeAsync();
        run.Report(step, loss, samplesPerSec, checkpointVersion: step);

        await _bench.UntilAsync(async () => loss.Equals((await _bench.SeeAsync(run)).Loss));

        Assert.Null((await _bench.SeeAsync(run)).LastRefusal);
    }

    [Fact]
    public async Task Of_too_many_metrics_the_first_are_told()
    {
        var run = await _bench.TakeAsync();
        run.Report(1, 0.5, 1, metrics: Enumerable.Range(0, 100).ToDictionary(number => $"m{number}", number => (double)number));

        await _bench.UntilAsync(async () => (await _bench.SeeAsync(run)).CurrentStep == 1);

        Assert.Equal(64, (await _bench.SeeAsync(run)).Metrics?.Count);
    }

    [Fact]
    public async Task Metrics_that_the_server_cannot_read_do_not_make_the_worker_unheard()
    {
        var run = await _bench.TakeAsync();
        run.Report(1, 0.5, 1, metrics: new Dictionary<string, double> { ["\0"] = 1 });

        await _bench.UntilAsync(async () => (await _bench.SeeAsync(run)).CurrentStep == 1);
    }

    [Fact]
    public async Task The_caller_may_go_on_using_its_map_of_metrics()
    {
        var run = await _bench.TakeAsync();
        var metrics = new Dictionary<string, double> { ["a"] = 1 };
        run.Report(1, 0.5, 1, metrics: metrics);
        metrics["a"] = 2;

        await _bench.UntilAsync(async () => (await _bench.SeeAsync(run)).CurrentStep == 1);

        Assert.Equal(1, (await _bench.SeeAsync(run)).Metrics?["a"]);
    }

    [Fact]
    public async Task Report_and_a_check_that_finds_nothing_allocate_nothing()
    {
        var run = await _bench.TakeAsync();
        run.Report(1, 0.5, 1);
        await run.CheckControlAsync();

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var step = 2; step < 1_000; step++)
        {
            run.Report(step, 0.5, 1, checkpointVersion: 1);
            await run.CheckControlAsync();
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    public ValueTask DisposeAsync() => _bench.DisposeAsync();
}
