using Orchestrator.Samples.Quickstart.Worker;

namespace Orchestrator.Samples.Tests.Worker;

public sealed class ReporterTests : IDisposable
{
    private static readonly Progress Progress = new("running", 10, 0.5, 800, 2, 0.9, 0.05);

    private static readonly WorkerOptions Options = new()
    {
        CheckpointPath = "",
        HeartbeatInterval = TimeSpan.FromSeconds(5),
        RetryDelay = TimeSpan.FromSeconds(1),
    };

    private readonly FakeControlPlane _control = new();
    private readonly StopSign _stop = new();
    private readonly Reporter _reporter;

    public ReporterTests()
    {
        _reporter = new Reporter(_control.Api, Options, _stop, TimeProvider.System);
        _reporter.Report(Progress);
    }

    public void Dispose() => _control.Dispose();

    [Fact]
    public async Task Beats_rise_and_come_at_the_interval()
    {
        Assert.Equal(Options.HeartbeatInterval, await _reporter.BeatAsync(default));
        Assert.Equal(Options.HeartbeatInterval, await _reporter.BeatAsync(default));

        Assert.Equal([1, 2], _control.BodiesTo("heartbeat").Select(body => (int)body["beat"]!));
    }

    [Fact]
    public async Task A_throttled_worker_waits_as_long_as_it_is_told()
    {
        _control.Answer = _ => FakeControlPlane.Refuse(429, "heartbeat_throttled", retryAfter: 4);

        Assert.Equal(TimeSpan.FromSeconds(4), await _reporter.BeatAsync(default));
        Assert.False(_stop.Raised.IsCompleted);
    }

    [Fact]
    public async Task Trouble_makes_the_waits_longer_until_it_is_over()
    {
        _control.Answer = _ => FakeControlPlane.Refuse(503, "store_unavailable");
        Assert.Equal(TimeSpan.FromSeconds(1), await _reporter.BeatAsync(default));
        Assert.Equal(TimeSpan.FromSeconds(2), await _reporter.BeatAsync(default));

        _control.Answer = _ => null;
        Assert.Equal(Options.HeartbeatInterval, await _reporter.BeatAsync(default));

        _control.Answer = _ => throw new HttpRequestException("refused");
        Assert.Equal(TimeSpan.FromSeconds(1), await _reporter.BeatAsync(default));
        Assert.False(_stop.Raised.IsCompleted);
    }

    [Fact]
    public async Task A_worker_that_was_replaced_is_stopped()
    {
        _control.Answer = _ => FakeControlPlane.Refuse(409, "stale_attempt");

        await _reporter.BeatAsync(default);

        Assert.Equal("stale_attempt", await _stop.Raised);
    }

    [Fact]
    public async Task An_acknowledgement_is_sent_until_it_arrives_and_in_its_order()
    {
        _reporter.Acknowledge(new Ack("c1", "applied", 10));
        _reporter.Acknowledge(new Ack("c2", "applied", 11));
        _control.Answer = _ => FakeControlPlane.Refuse(503, "store_unavailable", retryAfter: 7);
        Assert.Equal(TimeSpan.FromSeconds(7), await _reporter.AcknowledgeOneAsync(default));

        _control.Answer = _ => null;
        Assert.Equal(TimeSpan.Zero, await _reporter.AcknowledgeOneAsync(default));
        Assert.Equal(TimeSpan.Zero, await _reporter.AcknowledgeOneAsync(default));

        Assert.Equal(["commands/c1/ack", "commands/c1/ack", "commands/c2/ack"], _control.Acknowledgements.Select(request => request.Path));
    }

    [Fact]
    public async Task An_acknowledgement_that_is_refused_does_not_hold_up_the_next()
    {
        _reporter.Acknowledge(new Ack("c1", "applied", 10));
        _reporter.Acknowledge(new Ack("c2", "applied", 11));
        _control.Answer = path => path.Contains("c1", StringComparison.Ordinal) ? FakeControlPlane.Refuse(409, "ack_conflict") : null;

        await _reporter.AcknowledgeOneAsync(default);
        await _reporter.AcknowledgeOneAsync(default);

        Assert.Equal(["commands/c1/ack", "commands/c2/ack"], _control.Acknowledgements.Select(request => request.Path));
    }
}
