using Microsoft.Extensions.Time.Testing;
using Orchestrator.Core.Tests.Hosting;
using Orchestrator.Core.Tests.Storage;

namespace Orchestrator.Core.Tests.Heartbeats;

/// <summary>A heartbeat is decided on the run as this host last saw it, over a store that is a way off; what another host changed meanwhile counts all the same.</summary>
public sealed class RecalledRunTests : IAsyncLifetime
{
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 1, 31, 12, 0, 0, TimeSpan.Zero));
    private readonly InterceptedStore _store;
    private readonly TestHost _host;
    private readonly TestHost _other;
    private RunId _run;
    private int _reads;

    public RecalledRunTests()
    {
        _store = new InterceptedStore(new InMemoryRunStore(_time), maxBatch: 8);
        _host = new TestHost(_store, _time);
        _other = new TestHost(_store.Inner, _time);
    }

    public async ValueTask InitializeAsync()
    {
        _run = await _host.StartAsync();
        await BeatAsync(step: 1);
        _store.OnRead = () => _reads++;
    }

    public async ValueTask DisposeAsync()
    {
        await _other.DisposeAsync();
        await _host.DisposeAsync();
    }

    [Fact]
    public async Task Heartbeat_after_heartbeat_reads_nothing()
    {
        for (var step = 2; step < 10; step++)
        {
            Assert.Equal(step, (await BeatAsync(step)).Value.Run.CurrentStep);
        }

        Assert.Equal(0, _reads);
    }

    [Fact]
    public async Task A_new_attempt_that_another_host_began_is_known()
    {
        _ = (await _other.Runs.StartAttemptAsync(_run, new AttemptRequest { Actor = TestHost.Ada })).Value;

        Assert.Equal(RefusalCode.StaleAttempt, (await BeatAsync(step: 2, attempt: 1)).Refusal?.Code);
        Assert.Equal(1, (await BeatAsync(step: 1, attempt: 2)).Value.Run.CurrentStep);
    }

    [Fact]
    public async Task A_zombie_that_another_host_has_refused_already_costs_one_conflict_here_and_no_more()
    {
        _ = (await _other.Runs.StartAttemptAsync(_run, new AttemptRequest { Actor = TestHost.Ada })).Value;
        var zombie = TestHost.Beat(_run, step: 2) with { Attempt = 1 };
        Assert.Equal(RefusalCode.StaleAttempt, (await _other.Heartbeats.ReportAsync(_run, zombie)).Refusal?.Code);

        var commits = _store.Commits;
        for (var i = 0; i < 3; i++)
        {
            Assert.Equal(RefusalCode.StaleAttempt, (await BeatAsync(step: 2, attempt: 1)).Refusal?.Code);
        }

        Assert.Equal(1, _store.Commits - commits);
    }

    [Fact]
    public async Task A_heartbeat_that_another_host_took_throttles_the_next()
    {
        _time.Advance(TimeSpan.FromSeconds(9));
        _ = (await _other.Heartbeats.ReportAsync(_run, TestHost.Beat(_run, step: 2))).Value;
        _time.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal(RefusalCode.HeartbeatThrottled, (await _host.Heartbeats.ReportAsync(_run, TestHost.Beat(_run, step: 3))).Refusal?.Code);
        Assert.Equal(2, (await _host.Runs.GetAsync(_run)).Value.CurrentStep);
    }

    [Fact]
    public async Task A_step_behind_one_that_another_host_took_is_refused()
    {
        _time.Advance(TimeSpan.FromSeconds(10));
        _ = (await _other.Heartbeats.ReportAsync(_run, TestHost.Beat(_run, step: 7))).Value;

        Assert.Equal(RefusalCode.StepRegression, (await BeatAsync(step: 5)).Refusal?.Code);
    }

    [Fact]
    public async Task A_run_that_ended_at_another_host_has_ended()
    {
        _ = (await _other.Runs.TransitionAsync(_run, new TransitionRequest { To = RunState.Completed, Actor = TestHost.Ada })).Value;

        Assert.Equal(RefusalCode.RunEnded, (await BeatAsync(step: 2)).Refusal?.Code);
    }

    [Fact]
    public async Task A_command_that_another_host_accepted_comes_with_the_heartbeat()
    {
        _ = (await _other.Commands.EnqueueAsync(_run, NewCommand.Pause(TestHost.Ada))).Value;

        var command = Assert.Single((await BeatAsync(step: 2, commands: 1)).Value.Commands);
        Assert.Equal(CommandType.Pause, command.Type);
    }

    private async Task<Result<HeartbeatReceipt>> BeatAsync(long step, int? attempt = null, int commands = 0)
    {
        _time.Advance(TimeSpan.FromSeconds(10));
        return await _host.Heartbeats.ReportAsync(_run, TestHost.Beat(_run, step) with { Attempt = attempt }, commands);
    }
}
