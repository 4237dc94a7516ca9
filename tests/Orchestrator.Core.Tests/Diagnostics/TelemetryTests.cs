using System.Diagnostics;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Orchestrator.Core.Diagnostics;
using Orchestrator.Core.Hosting;
using Orchestrator.Core.Tests.Heartbeats;
using Orchestrator.Core.Tests.Runs;

namespace Orchestrator.Core.Tests.Diagnostics;

public sealed class TelemetryTests : IAsyncDisposable
{
    private readonly FakeTimeProvider _time = new(RunViews.Now);
    private readonly Measurements _measured = new();
    private readonly Engine _engine;

    public TelemetryTests() =>
        _engine = new Engine(new InMemoryRunStore(_time), new OrchestratorOptions(), _time, NullLoggerFactory.Instance, _measured);

    public async ValueTask DisposeAsync()
    {
        await _engine.DisposeAsync();
        _measured.Dispose();
    }

    [Fact]
    public void The_meter_is_named_after_the_product() => Assert.Equal(["Orchestrator"], _measured.Meters.Select(meter => meter.Name));

    [Fact]
    public async Task Heartbeats_are_counted_by_what_became_of_them()
    {
        await CreateAsync();
        Assert.Equal(["orchestrator.events 1 type=run.created"], _measured.Take());

        await ReportAsync(beat: 1);
        Assert.Equal(["orchestrator.events 1 type=run.state_changed", "orchestrator.heartbeats 1 result=accepted"], _measured.Take());

        await ReportAsync(beat: 1);
        Assert.Equal(["orchestrator.heartbeats 1 result=duplicate"], _measured.Take());

        await ReportAsync(beat: 2);
        Assert.Equal(["orchestrator.heartbeats 1 result=heartbeat_throttled"], _measured.Take());

        _time.Advance(TimeSpan.FromSeconds(5));
        await ReportAsync(beat: 3);
        Assert.Equal(["orchestrator.heartbeats 1 result=accepted"], _measured.Take());

        await ReportAsync(beat: 4, step: -1);
        Assert.Equal(["orchestrator.events 1 type=run.heartbeat_refused", "orchestrator.heartbeats 1 result=validation_failed"], _measured.Take().Order());

        await ReportAsync(beat: 5, step: 1);
        Assert.Equal(["orchestrator.events 1 type=run.heartbeat_refused", "orchestrator.heartbeats 1 result=step_regression"], _measured.Take());
    }

    [Fact]
    public async Task Commands_and_what_becomes_of_them_are_counted_as_events()
    {
        await CreateAsync();
        await ReportAsync(beat: 1);
        _measured.Take();

        var command = (await _engine.Commands.EnqueueAsync(RunViews.Run, NewCommand.Pause(RunViews.Ada))).Value.Value;
        await _engine.Commands.NextAsync(RunViews.Run);
        await _engine.Commands.AcknowledgeAsync(RunViews.Run, command.Id, new Acknowledgement());

        Assert.Equal(
            [
                "orchestrator.events 1 type=command.queued",
                "orchestrator.events 1 type=command.delivered",
                "orchestrator.events 1 type=command.acknowledged",
                "orchestrator.events 1 type=run.state_changed",
            ],
            _measured.Take());
    }

    [Fact]
    public async Task A_poll_that_waits_is_counted_for_as_long_as_it_waits()
    {
        await CreateAsync();
        await ReportAsync(beat: 1);
        _measured.Take();

        var poll = _engine.Commands.NextAsync(RunViews.Run, TimeSpan.FromSeconds(60)).AsTask();
        Assert.Equal(["orchestrator.polls.parked 1 kind=command"], _measured.Take());

        await _engine.Commands.EnqueueAsync(RunViews.Run, NewCommand.Pause(RunViews.Ada));
        await poll.WaitAsync(TimeSpan.FromSeconds(30));
        Assert.Contains("orchestrator.polls.parked -1 kind=command", _measured.Take());
    }

    [Fact]
    public void Conflicts_and_failures_of_the_store_are_counted()
    {
        using var measured = new Measurements();
        using var telemetry = new Telemetry(NullLogger<Telemetry>.Instance, new StoreWatch(TimeProvider.System, NullLogger.Instance), measured);

        telemetry.Conflicted();
        telemetry.StoreUnavailable();

        Assert.Equal(["orchestrator.commit.conflicts 1", "orchestrator.store.failures 1"], measured.Take());
    }

    [Fact]
    public async Task Operations_are_activities_of_the_source_that_is_named_after_the_product()
    {
        var started = new List<Activity>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == "Orchestrator",
            Sample = (ref _) => ActivitySamplingResult.AllData,
            ActivityStarted = activity =>
            {
                lock (started)
                {
                    started.Add(activity);
                }
            },
        };
        ActivitySource.AddActivityListener(listener);
        using var parent = new Activity("test").Start();

        await CreateAsync();
        await ReportAsync(beat: 1);

        Activity[] mine;
        lock (started)
        {
            mine = [.. started.Where(activity => activity.TraceId == parent.TraceId)];
        }

        Assert.Equal(["runs.create", "heartbeats.report"], mine.Select(activity => activity.OperationName));
        Assert.All(mine, activity => Assert.NotNull(activity.GetTagItem("orchestrator.run.id")));
        Assert.All(mine, activity => Assert.Null(activity.GetTagItem("orchestrator.refusal")));
    }

    [Fact]
    public async Task An_activity_says_which_run_and_command_it_is_about_and_as_what_it_was_refused()
    {
        var stopped = new System.Collections.Concurrent.ConcurrentQueue<Activity>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == "Orchestrator",
            Sample = (ref _) => ActivitySamplingResult.AllData,
            ActivityStopped = stopped.Enqueue,
        };
        ActivitySource.AddActivityListener(listener);
        using var parent = new Activity("test").Start();
        await CreateAsync();

        await _engine.Commands.AcknowledgeAsync(RunId.Parse("r1"), CommandId.Parse("c9"), new Acknowledgement());

        var refused = stopped.Single(activity => activity.TraceId == parent.TraceId && activity.OperationName == "commands.ack");
        Assert.Equal(parent.SpanId, refused.ParentSpanId);
        Assert.Equal(
            ("r1", "c9", "run_not_found"),
            (refused.GetTagItem("orchestrator.run.id"), refused.GetTagItem("orchestrator.command.id"), refused.GetTagItem("orchestrator.refusal")));
    }

    [Fact]
    public void Every_histogram_of_times_advises_buckets_from_milliseconds_to_minutes()
    {
        var advised = new Dictionary<string, IReadOnlyList<double>?>();
        using var listener = new System.Diagnostics.Metrics.MeterListener
        {
            InstrumentPublished = (instrument, _) =>
            {
                if (instrument.Meter.Scope == _measured && instrument is System.Diagnostics.Metrics.Histogram<double> histogram)
                {
                    advised[histogram.Name] = histogram.Advice?.HistogramBucketBoundaries;
                }
            },
        };
        listener.Start();

        Assert.Equal(5, advised.Count);
        Assert.All(advised.Values, boundaries => Assert.Equal((0.001, true), (boundaries![0], boundaries[^1] >= 600)));
    }

    [Fact]
    public async Task No_run_is_a_tag()
    {
        await CreateAsync();
        await ReportAsync(beat: 1);
        await ReportAsync(beat: 2, step: 1);
        await _engine.Commands.EnqueueAsync(RunViews.Run, NewCommand.Terminate(RunViews.Ada, "over"));
        await _engine.Runs.ClaimAsync(new ClaimRequest { WorkerId = "w" });

        var measured = _measured.Take();

        Assert.NotEmpty(measured);
        Assert.DoesNotContain(measured, line => line.Contains(RunViews.Run.Value, StringComparison.Ordinal));
    }

    private async Task CreateAsync() => Assert.Null((await _engine.Runs.CreateAsync(new NewRun
    {
        Id = RunViews.Run,
        ExperimentId = ExperimentId.Parse("e"),
        VersionId = VersionId.Parse("v"),
    })).Refusal);

    private ValueTask<Result<HeartbeatReceipt>> ReportAsync(long beat, long step = 100) =>
        _engine.Heartbeats.ReportAsync(RunViews.Run, HeartbeatCases.Next with { Attempt = 1, Beat = beat, Step = step });
}
