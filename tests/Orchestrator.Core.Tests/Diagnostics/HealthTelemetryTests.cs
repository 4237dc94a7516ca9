using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Orchestrator.Core.Hosting;
using Orchestrator.Core.Tests.Hosting;

namespace Orchestrator.Core.Tests.Diagnostics;

/// <summary>What is measured of sweeps, of health, and of the time that commands and heartbeats take.</summary>
public sealed class HealthTelemetryTests : IAsyncDisposable
{
    private static readonly RunId Run = RunId.Parse("run");

    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 1, 31, 12, 0, 0, TimeSpan.Zero));
    private readonly Measurements _measured = new(durations: true);
    private readonly Engine _engine;

    public HealthTelemetryTests() =>
        _engine = new Engine(new InMemoryRunStore(_time), new OrchestratorOptions(), _time, NullLoggerFactory.Instance, _measured);

    public async ValueTask DisposeAsync()
    {
        await _engine.DisposeAsync();
        _measured.Dispose();
    }

    [Fact]
    public async Task A_sweep_tells_how_long_it_took_and_how_late_it_found_what_was_due()
    {
        await StartAsync();
        await PassAsync(sweeps: 9);
        Assert.Equal(["orchestrator.sweep.duration 0", "orchestrator.sweep.lag 0"], Taken("orchestrator.sweep.").Distinct().Order());

        _time.Advance(TimeSpan.FromSeconds(7));
        await ReportAsync(step: 1);
        await PassAsync(sweeps: 8);
        _measured.Take();
        _time.Advance(TimeSpan.FromSeconds(7));
        await _engine.Sweeper.SweepAsync(CancellationToken.None);
        Assert.Equal(["orchestrator.sweep.duration 0", "orchestrator.sweep.lag 2"], Taken("orchestrator.sweep."));
    }

    [Fact]
    public async Task Changes_of_health_are_counted_by_from_and_to()
    {
        await StartAsync();
        await PassAsync(sweeps: 36);
        await ReportAsync(step: 1);

        Assert.Equal(
            [
                "orchestrator.health.transitions 1 from=healthy to=heartbeat_stale",
                "orchestrator.health.transitions 1 from=heartbeat_stale to=unresponsive",
                "orchestrator.health.transitions 1 from=unresponsive to=healthy",
            ],
            Taken("orchestrator.health."));
    }

    [Fact]
    public async Task Runs_are_counted_by_state_and_health_as_of_the_last_clean_up()
    {
        await StartAsync();
        _ = (await _engine.Runs.CreateAsync(TestHost.NewRun("queued"))).Value;
        _measured.Observe();
        Assert.Empty(Taken("orchestrator.runs"));

        await PassAsync(sweeps: 10);
        _measured.Observe();
        Assert.Equal(
            ["orchestrator.runs 1 state=queued health=healthy", "orchestrator.runs 1 state=running health=heartbeat_stale"], Taken("orchestrator.runs").Order());
    }

    [Fact]
    public async Task The_time_between_two_heartbeats_is_measured_and_not_that_before_the_first()
    {
        await StartAsync();
        Assert.Empty(Taken("orchestrator.heartbeat."));

        _time.Advance(TimeSpan.FromSeconds(8));
        await ReportAsync(step: 1);
        Assert.Equal(["orchestrator.heartbeat.interval 8"], Taken("orchestrator.heartbeat."));
    }

    [Fact]
    public async Task The_times_of_a_command_are_measured_and_its_further_deliveries_counted()
    {
        await StartAsync();
        var command = (await _engine.Commands.EnqueueAsync(Run, NewCommand.Pause(TestHost.Ada))).Value.Value;
        _time.Advance(TimeSpan.FromSeconds(3));
        Assert.NotNull((await _engine.Commands.NextAsync(Run)).Value);
        Assert.Equal(["orchestrator.command.delivery 3"], Taken("orchestrator.command."));

        _time.Advance(TimeSpan.FromSeconds(30));
        Assert.NotNull((await _engine.Commands.NextAsync(Run)).Value);
        Assert.Equal(["orchestrator.command.redeliveries 1"], Taken("orchestrator.command."));

        _time.Advance(TimeSpan.FromSeconds(2));
        _ = (await _engine.Commands.AcknowledgeAsync(Run, command.Id, new Acknowledgement())).Value;
        Assert.Equal(["orchestrator.command.apply 2"], Taken("orchestrator.command."));
    }

    private async Task StartAsync()
    {
        _ = (await _engine.Runs.CreateAsync(TestHost.NewRun("run"))).Value;
        await ReportAsync(step: 0);
    }

    private async Task ReportAsync(long step) => _ = (await _engine.Heartbeats.ReportAsync(Run, TestHost.Beat(Run, step))).Value;

    private async Task PassAsync(int sweeps)
    {
        for (var i = 0; i < sweeps; i++)
        {
            await _engine.Sweeper.SweepAsync(CancellationToken.None);
            await _engine.Housekeeper.CleanUpAsync(CancellationToken.None);
            _time.Advance(TimeSpan.FromSeconds(5));
        }
    }

    private string[] Taken(string prefix) => [.. _measured.Take().Where(line => line.StartsWith(prefix, StringComparison.Ordinal))];
}
