using Microsoft.Extensions.Time.Testing;
using Orchestrator.Core.Storage;
using Orchestrator.Core.Tests.Hosting;
using Orchestrator.Storage;

namespace Orchestrator.Core.Tests.Storage;

/// <summary>A store that fails over may lose changes that it had acknowledged. Who sees that a run has gone back says so.</summary>
public sealed class RollbackTests : IAsyncLifetime
{
    private static readonly RunId Run = RunId.Parse("run");

    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 1, 31, 12, 0, 0, TimeSpan.Zero));
    private readonly InMemoryRunStore _replica;
    private readonly InterceptedStore _store;
    private readonly TestHost _host;
    private readonly TestHost _behind;

    public RollbackTests()
    {
        _replica = new InMemoryRunStore(_time);
        _store = new InterceptedStore(new InMemoryRunStore(_time), maxBatch: 8);
        _host = new TestHost(_store, _time);
        _behind = new TestHost(_replica, _time);
    }

    public async ValueTask InitializeAsync()
    {
        foreach (var host in new[] { _host, _behind })
        {
            _ = (await host.Runs.CreateAsync(TestHost.NewRun(Run.Value))).Value;
            _ = (await host.Heartbeats.ReportAsync(Run, TestHost.Beat(Run, 1))).Value;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _behind.DisposeAsync();
        await _host.DisposeAsync();
    }

    [Fact]
    public async Task A_run_that_has_gone_back_is_told_once_and_goes_on()
    {
        var seen = await ChangeAsync(_host);
        _store.FailOver(_replica);
        var found = (await _replica.LoadOneAsync(new RunLookup(Run), CancellationToken.None))!.Head;

        Assert.Equal(3, (await BeatAsync(step: 3)).Value.Run.CurrentStep);
        Assert.Equal(4, (await BeatAsync(step: 4)).Value.Run.CurrentStep);

        var events = await _replica.ReadEventsAsync(Run, 0, 99, CancellationToken.None);
        var told = Assert.Single(events, told => told.Type == EventType.RunRolledBack);
        Assert.Equal(new RolledBackData(seen, found.Revision), told.Data);
        Assert.Equal(Enumerable.Range(1, events.Count).Select(n => (long)n), events.Select(told => told.Sequence));
    }

    [Fact]
    public async Task Nothing_is_decided_on_what_was_lost_when_the_run_stands_at_the_same_revision_again()
    {
        await using var other = new TestHost(_store, _time);
        var seen = await ChangeAsync(_host);
        _time.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal(seen, (await other.Heartbeats.ReportAsync(Run, TestHost.Beat(Run, 2))).Value.Run.Revision);
        _store.FailOver(_replica);
        Assert.Equal(seen, (await BeatAsync(step: 3)).Value.Run.Revision);

        var command = (await other.Commands.EnqueueAsync(Run, NewCommand.Terminate(TestHost.Ada, "enough"))).Value.Value;

        Assert.Equal(1, command.Sequence);
        Assert.Equal(command.Id, Assert.Single((await other.Commands.ListAsync(Run)).Value.Items).Id);
        Assert.True((await other.Engine.Audit.VerifyAsync(Run)).Value.Valid);
        var events = await _replica.ReadEventsAsync(Run, 0, 99, CancellationToken.None);
        Assert.Equal(Enumerable.Range(1, events.Count).Select(n => (long)n), events.Select(told => told.Sequence));
    }

    [Fact]
    public async Task A_heartbeat_of_a_lost_attempt_is_not_stored_in_the_attempt_that_the_store_still_has()
    {
        // Both stores have the run at the same revision: one in attempt 2, and one, which never got that change, in attempt 1.
        _ = (await _host.Runs.StartAttemptAsync(Run, new AttemptRequest { Actor = TestHost.Ada })).Value;
        _ = (await _host.Heartbeats.ReportAsync(Run, TestHost.Beat(Run, 2) with { Attempt = 2 })).Value;
        var seen = (await _host.Runs.GetAsync(Run)).Value.Revision;
        while ((await _behind.Runs.GetAsync(Run)).Value.Revision < seen)
        {
            _ = (await _behind.Runs.SnoozeAsync(Run, new SnoozeRequest { For = TimeSpan.FromMinutes(1), Reason = "slow", Actor = TestHost.Ada })).Value;
        }

        _time.Advance(TimeSpan.FromSeconds(10));
        _store.FailOver(_replica);

        var late = await _host.Heartbeats.ReportAsync(Run, TestHost.Beat(Run, 700) with { Attempt = 2 });

        Assert.Equal(RefusalCode.UnknownAttempt, late.Refusal?.Code);
        Assert.Equal(1, (await _behind.Runs.GetAsync(Run)).Value.CurrentStep);
        Assert.Equal(2, (await _behind.Heartbeats.ReportAsync(Run, TestHost.Beat(Run, 2) with { Attempt = 1 })).Value.Run.CurrentStep);
        Assert.Single(await _replica.ReadEventsAsync(Run, 0, 99, CancellationToken.None), told => told.Type == EventType.RunRolledBack);
    }

    [Fact]
    public async Task A_run_that_was_only_changed_by_another_host_is_none()
    {
        await BeatAsync(step: 2);
        await using var other = new TestHost(_store.Inner, _time);
        await ChangeAsync(other);

        _ = (await BeatAsync(step: 3)).Value;

        Assert.DoesNotContain(await _store.Inner.ReadEventsAsync(Run, 0, 99, CancellationToken.None), told => told.Type == EventType.RunRolledBack);
    }

    [Fact]
    public async Task Another_run_under_the_same_id_is_none()
    {
        await ChangeAsync(_host);
        var fresh = new InMemoryRunStore(_time);
        await using var other = new TestHost(fresh, _time);
        _ = (await other.Runs.CreateAsync(TestHost.NewRun(Run.Value))).Value;
        _store.FailOver(fresh);

        Assert.Equal(3, (await BeatAsync(step: 3)).Value.Run.CurrentStep);

        Assert.DoesNotContain(await fresh.ReadEventsAsync(Run, 0, 99, CancellationToken.None), told => told.Type == EventType.RunRolledBack);
    }

    /// <summary>Changes the run, and lets the host see it so.</summary>
    /// <returns>The revision from then on.</returns>
    private async Task<long> ChangeAsync(TestHost host)
    {
        _ = (await host.Commands.EnqueueAsync(Run, NewCommand.Pause(TestHost.Ada))).Value;
        _time.Advance(TimeSpan.FromSeconds(10));
        return (await host.Heartbeats.ReportAsync(Run, TestHost.Beat(Run, 2))).Value.Run.Revision;
    }

    private async Task<Result<HeartbeatReceipt>> BeatAsync(long step)
    {
        _time.Advance(TimeSpan.FromSeconds(10));
        return await _host.Heartbeats.ReportAsync(Run, TestHost.Beat(Run, step));
    }
}
