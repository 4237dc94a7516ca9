using System.Collections;
using Microsoft.Extensions.Logging;

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

    [Theory]
    [InlineData(900)]
    [InlineData(1_000_000_000)]
    [InlineData(1_800_000_000_000)]
    [InlineData(9_007_199_254_740_000)]
    public async Task A_worker_that_attaches_in_the_same_attempt_is_heard_whatever_the_numbers_of_the_heartbeats_before(long beat)
    {
        // Such as those of a worker that numbered its heartbeats by a clock that was ahead.
        var first = await _bench.TakeAsync();
        var before = new Heartbeat
        {
            RunId = first.Id,
            Attempt = 1,
            Beat = beat,
            Status = RuntimeStatus.Running,
            Step = 20,
            Loss = 1,
            SamplesPerSec = 1,
            CheckpointVersion = 0,
        };
        first.Abort();
        await _bench.UntilAsync(async () => (await _bench.Engine.Heartbeats.ReportAsync(first.Id, before)).Refusal is null);

        var second = await _bench.AttachAsync(first.Id);
        var accepted = (await _bench.SeeAsync(second)).Heartbeats;
        second.Report(600, 0.1, 1);

        await _bench.UntilAsync(async () => (await _bench.SeeAsync(second)).CurrentStep == 600);
        Assert.Equal(accepted + 1, (await _bench.SeeAsync(second)).Heartbeats);
    }

    [Fact]
    public async Task A_worker_whose_heartbeats_are_overtaken_by_another_s_in_its_attempt_is_heard_again()
    {
        var run = await _bench.TakeAsync();
        var other = new Heartbeat
        {
            RunId = run.Id,
            Attempt = 1,
            Beat = 1_800_000_000_000,
            Status = RuntimeStatus.Running,
            Step = 20,
            Loss = 1,
            SamplesPerSec = 1,
            CheckpointVersion = 0,
        };
        _bench.Time.Advance(TimeSpan.FromSeconds(5));
        await _bench.UntilAsync(async () => (await _bench.Engine.Heartbeats.ReportAsync(run.Id, other)).Refusal is null);

        run.Report(600, 0.1, 1);

        await _bench.UntilAsync(async () => (await _bench.SeeAsync(run)).CurrentStep == 600);
    }

    [Fact]
    public async Task The_numbers_of_heartbeats_begin_at_1_in_each_attempt()
    {
        var first = await _bench.TakeAsync();
        await _bench.TrainUntilAsync(first, () => Task.FromResult(_bench.Line.Accepted.Count >= 3));
        await _bench.Engine.Runs.StartAttemptAsync(first.Id, new AttemptRequest { Actor = WorkerBench.Ada });
        await _bench.TrainToStopAsync<RunLostException>(first);
        _bench.Line.Beats.Clear();

        await _bench.ClaimAsync("worker-2");

        Assert.Equal((2, 1L), (_bench.Line.Beats.First().Attempt, _bench.Line.Beats.First().Beat));
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
    public async Task What_was_not_measured_is_not_reported()
    {
        var run = await _bench.TakeAsync();
        run.Report(1, 0.5, 100);
        await _bench.UntilAsync(async () => (await _bench.SeeAsync(run)).CurrentStep == 1);

        run.Report(2);

        await _bench.UntilAsync(async () => (await _bench.SeeAsync(run)).CurrentStep == 2);
        var seen = await _bench.SeeAsync(run);
        Assert.Equal((null, null), (seen.Loss, seen.SamplesPerSec));
    }

    [Fact]
    public async Task A_checkpoint_and_its_place_are_reported_together()
    {
        var run = await _bench.TakeAsync();
        run.Report(1, checkpointVersion: 3, checkpointUri: "file:///3");
        await _bench.UntilAsync(async () => (await _bench.SeeAsync(run)).CheckpointUri == "file:///3");
        run.Report(2);
        await _bench.UntilAsync(async () => (await _bench.SeeAsync(run)).CurrentStep == 2);
        Assert.Equal((3L, "file:///3"), ((await _bench.SeeAsync(run)).CheckpointVersion, (await _bench.SeeAsync(run)).CheckpointUri));

        run.Report(3, checkpointVersion: 4);

        await _bench.UntilAsync(async () => (await _bench.SeeAsync(run)).CheckpointVersion == 4);
        Assert.Null((await _bench.SeeAsync(run)).CheckpointUri);
    }

    [Fact]
    public async Task A_throughput_is_worked_out_from_the_samples_of_the_reports()
    {
        var run = await _bench.TakeAsync(options: _bench.Options with { Interval = TimeSpan.FromDays(1) });
        for (var step = 1; step <= 4; step++)
        {
            _bench.Time.Advance(TimeSpan.FromSeconds(2));
            run.Report(step, samples: 256);
        }

        await _bench.UntilDoneAsync(run.CompleteAsync());

        Assert.Equal(128, (await _bench.SeeAsync(run)).SamplesPerSec);
    }

    public static TheoryData<Action<WorkerRun>, string> Unsendable { get; } = new()
    {
        { run => run.Report(1, metrics: new ChangingMap()), "map that changed" },
        { run => run.Report(1, metrics: new Dictionary<string, double> { ["\0"] = 1, ["\ud800"] = 2 }), "NUL" },
        { run => run.Report(1, metrics: Enumerable.Range(0, 65).ToDictionary(number => $"m{number}", number => (double)number)), "64" },
        { run => run.Report(1, samplesPerSec: -1), "negative throughput" },
        { run => run.Report(1, samplesPerSec: double.NegativeInfinity), "negative throughput" },
        { run => run.Report(1, samples: -1), "negative throughput" },
        { run => run.Report(1, checkpointVersion: 1, checkpointUri: new string('x', 2_049)), "2,048" },
        { run => run.ReportCheckpoint(1, 1, "\0"), "NUL" },
    };

    [Theory]
    [MemberData(nameof(Unsendable))]
    public async Task What_cannot_be_sent_is_left_out_and_logged_once_and_the_rest_is_reported(Action<WorkerRun> report, string what)
    {
        var log = new EventLog();
        var run = await _bench.TakeAsync(options: _bench.Options with { Logger = log });
        run.Report(1, 0.5);

        report(run);
        report(run);

        await _bench.UntilAsync(async () => (await _bench.SeeAsync(run)).CurrentStep == 1);
        Assert.Null((await _bench.SeeAsync(run)).LastRefusal);
        var (level, _, text) = Assert.Single(log.Entries, entry => entry.Name == "ReportLeftOut");
        Assert.Equal(LogLevel.Warning, level);
        Assert.Contains(what, text, StringComparison.Ordinal);
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

    /// <summary>A map that another thread changes while it is read.</summary>
    private sealed class ChangingMap : IReadOnlyDictionary<string, double>
    {
        private readonly Dictionary<string, double> _inner = new() { ["a"] = 1, ["b"] = 2 };

        public int Count => _inner.Count;

        public IEnumerable<string> Keys => _inner.Keys;

        public IEnumerable<double> Values => _inner.Values;

        public double this[string key] => _inner[key];

        public bool ContainsKey(string key) => _inner.ContainsKey(key);

        public bool TryGetValue(string key, out double value) => _inner.TryGetValue(key, out value);

        public IEnumerator<KeyValuePair<string, double>> GetEnumerator()
        {
            foreach (var pair in _inner)
            {
                yield return pair;
                _inner[$"c{_inner.Count}"] = 3;
            }
        }

        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
    }
}
