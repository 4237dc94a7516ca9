using Microsoft.Extensions.Time.Testing;
using Orchestrator.Core.Tests.Hosting;
using Orchestrator.Storage;

namespace Orchestrator.Core.Tests.Storage;

/// <summary>What two hosts decide on runs as each of them last saw them, while the other goes on.</summary>
public sealed class RecallTests : IAsyncDisposable
{
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 1, 31, 12, 0, 0, TimeSpan.Zero));
    private readonly InterceptedStore _store;
    private readonly TestHost _host;
    private readonly TestHost _other;
    private int _loads;

    public RecallTests()
    {
        _store = new InterceptedStore(new InMemoryRunStore(_time), maxBatch: 8) { OnLoad = lookups => Task.FromResult(_loads += lookups.Length) };
        _host = new TestHost(_store, _time);
        _other = new TestHost(_store, _time);
    }

    public async ValueTask DisposeAsync()
    {
        await _host.DisposeAsync();
        await _other.DisposeAsync();
    }

    [Fact]
    public async Task A_command_is_accepted_delivered_and_acknowledged_without_a_read()
    {
        var run = await _host.StartAsync();
        _loads = 0;

        for (var sequence = 1; sequence <= 3; sequence++)
        {
            var command = (await _host.Commands.EnqueueAsync(run, Tune(sequence))).Value.Value;
            Assert.Equal((sequence, command.Id), (command.Sequence, (await _host.Commands.NextAsync(run)).Value!.Id));
            Assert.Equal(CommandStatus.Applied, (await _host.Commands.AcknowledgeAsync(run, command.Id, new Acknowledgement(), Key($"ack-{sequence}"))).Value.Value.Status);
        }

        Assert.Equal(0, _loads);
        Assert.Equal([CommandStatus.Applied, CommandStatus.Applied, CommandStatus.Applied], (await _host.Commands.ListAsync(run)).Value.Items.Select(command => command.Status));
        Assert.Equal(0.3, (await _host.Runs.GetAsync(run)).Value.Tuned["learning_rate"].Value);
    }

    [Fact]
    public async Task What_the_other_host_accepted_comes_first()
    {
        var run = await _host.StartAsync();
        var first = (await _other.Commands.EnqueueAsync(run, Tune(1))).Value.Value;
        var second = (await _host.Commands.EnqueueAsync(run, Tune(2))).Value.Value;

        Assert.Equal((1, 2), (first.Sequence, second.Sequence));
        Assert.Equal(first.Id, (await _host.Commands.NextAsync(run)).Value!.Id);
        _ = (await _other.Commands.AcknowledgeAsync(run, first.Id, new Acknowledgement())).Value;
        Assert.Equal(second.Id, (await _host.Commands.NextAsync(run)).Value!.Id);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task The_same_request_at_both_hosts_has_one_effect(bool derived)
    {
        var run = await _host.StartAsync();
        var pause = NewCommand.Pause(TestHost.Ada) with { Id = derived ? null : CommandId.Parse("pause") };
        var context = derived ? Key("k") : CallContext.Empty;
        var made = (await _other.Commands.EnqueueAsync(run, pause, context)).Value.Value;
        _ = (await _other.Commands.NextAsync(run)).Value;
        _ = (await _other.Commands.AcknowledgeAsync(run, made.Id, new Acknowledgement(), derived ? Key("a") : null)).Value;

        var again = (await _host.Commands.EnqueueAsync(run, pause, context)).Value;
        var acknowledged = (await _host.Commands.AcknowledgeAsync(run, made.Id, new Acknowledgement(), derived ? Key("a") : null)).Value;

        Assert.Equal((made.Id, derived ? Effect.Replayed : Effect.None), (again.Value.Id, again.Effect));
        Assert.Equal((CommandStatus.Applied, again.Effect), (acknowledged.Value.Status, acknowledged.Effect));
        Assert.Single((await _host.Commands.ListAsync(run)).Value.Items);
    }

    [Fact]
    public async Task A_key_that_the_other_host_took_for_another_request_is_refused()
    {
        var run = await _host.StartAsync();
        _ = (await _other.Commands.EnqueueAsync(run, Tune(1), Key("k"))).Value;

        Assert.Equal(RefusalCode.IdempotencyKeyReused, (await _host.Commands.EnqueueAsync(run, Tune(2), Key("k"))).Refusal?.Code);
        Assert.Equal(RefusalCode.IdempotencyKeyReused, (await _host.Commands.EnqueueAsync(run, Tune(3) with { Id = CommandId.Parse("own") }, Key("k"))).Refusal?.Code);
    }

    [Fact]
    public async Task A_command_keeps_its_place_whatever_comes_with_its_id_later()
    {
        var run = await _host.StartAsync();
        var id = CommandId.Parse("own");
        _ = (await _host.Commands.EnqueueAsync(run, Tune(1) with { Id = id })).Value;
        _ = (await _host.Commands.AcknowledgeAsync(run, id, new Acknowledgement())).Value;

        Assert.Equal(RefusalCode.CommandIdConflict, (await _host.Commands.EnqueueAsync(run, Tune(2) with { Id = id })).Refusal?.Code);
        Assert.Equal(1, Assert.Single((await _host.Commands.ListAsync(run)).Value.Items).Sequence);
    }

    [Theory]
    [InlineData("key", AckOutcome.Applied, Effect.Replayed)]
    [InlineData(null, AckOutcome.Applied, Effect.None)]
    [InlineData("other", AckOutcome.Applied, Effect.None)]
    [InlineData("key", AckOutcome.Rejected, null)]
    [InlineData(null, AckOutcome.Rejected, null)]
    public async Task A_command_that_the_other_host_saw_acknowledged_is_not_acknowledged_again(string? key, AckOutcome outcome, Effect? effect)
    {
        var (run, command) = await DeliverAsync();
        _ = (await _other.Commands.AcknowledgeAsync(run, command, new Acknowledgement(), Key("key"))).Value;

        var result = await _host.Commands.AcknowledgeAsync(run, command, new Acknowledgement { Outcome = outcome }, key is null ? null : Key(key));

        Assert.Equal(effect, result.TryGet(out var receipt, out var refusal) ? receipt.Effect : null);
        Assert.Equal(effect is not null ? null : key is null ? RefusalCode.AckConflict : RefusalCode.IdempotencyKeyReused, refusal?.Code);
        Assert.Single(await _store.Inner.ReadEventsAsync(run, 0, 99, CancellationToken.None), told => told.Type == EventType.CommandAcknowledged);
        Assert.Equal(CommandStatus.Applied, (await _host.Commands.GetAsync(run, command)).Value.Status);
    }

    [Fact]
    public async Task A_run_that_the_other_host_ended_takes_no_command()
    {
        var (run, _) = await EndAsync();

        Assert.Equal(RefusalCode.InvalidState, (await _host.Commands.EnqueueAsync(run, Tune(2))).Refusal?.Code);
    }

    [Fact]
    public async Task A_run_that_the_other_host_ended_has_no_command()
    {
        var (run, _) = await EndAsync();

        Assert.Equal(RefusalCode.RunEnded, (await _host.Commands.NextAsync(run)).Refusal?.Code);
    }

    [Fact]
    public async Task A_command_of_a_run_that_the_other_host_ended_stays_superseded()
    {
        var (run, command) = await EndAsync();

        Assert.Equal(CommandStatus.Superseded, (await _host.Commands.AcknowledgeAsync(run, command, new Acknowledgement())).Value.Value.Status);
        Assert.Empty((await _host.Runs.GetAsync(run)).Value.Tuned);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(null)]
    public async Task An_attempt_that_the_other_host_ended_acknowledges_nothing_here(int? attempt)
    {
        var (run, command) = await DeliverAsync();
        _ = (await _other.Runs.StartAttemptAsync(run, new AttemptRequest { Actor = TestHost.Ada })).Value;

        Assert.Equal(RefusalCode.StaleAttempt, (await _host.Commands.AcknowledgeAsync(run, command, new Acknowledgement { Attempt = attempt })).Refusal?.Code);
        Assert.Equal(RefusalCode.StaleAttempt, (await _host.Commands.NextAsync(run, attempt: 1)).Refusal?.Code);
        Assert.Equal(command, (await _host.Commands.NextAsync(run, attempt: 2)).Value!.Id);
    }

    [Fact]
    public async Task Times_of_a_run_do_not_go_back_where_the_other_host_took_a_heartbeat_by_a_clock_that_is_ahead()
    {
        var (run, command) = await DeliverAsync();
        var ahead = new FakeTimeProvider(_time.GetUtcNow());
        _store.Clock = ahead.GetUtcNow;
        await using var other = new TestHost(_store, ahead);
        ahead.Advance(TimeSpan.FromSeconds(20));
        var beaten = (await other.Heartbeats.ReportAsync(run, TestHost.Beat(run, 5))).Value.Run.LastHeartbeatAt;

        _time.Advance(TimeSpan.FromSeconds(1));
        var acknowledged = (await _host.Commands.AcknowledgeAsync(run, command, new Acknowledgement())).Value.Value;

        Assert.Equal(beaten, acknowledged.AcknowledgedAt);
    }

    [Fact]
    public async Task A_run_is_read_again_after_a_write_whose_outcome_is_unknown()
    {
        var (run, command) = await DeliverAsync();
        _ = (await _other.Commands.EnqueueAsync(run, Tune(2))).Value;
        _store.OnCommit = (_, _) => throw new StoreUnavailableException();
        Assert.Equal(RefusalCode.StoreUnavailable, (await _host.Commands.AcknowledgeAsync(run, command, new Acknowledgement())).Refusal?.Code);
        _store.OnCommit = null;
        var commits = _store.Commits;

        _ = (await _host.Commands.AcknowledgeAsync(run, command, new Acknowledgement())).Value;

        Assert.Equal(1, _store.Commits - commits);
    }

    /// <summary>A run with a command that this host has delivered.</summary>
    private async Task<(RunId Run, CommandId Command)> DeliverAsync()
    {
        var run = await _host.StartAsync();
        var command = (await _host.Commands.EnqueueAsync(run, Tune(1))).Value.Value.Id;
        Assert.Equal(command, (await _host.Commands.NextAsync(run)).Value!.Id);
        return (run, command);
    }

    /// <summary>The same, of a run that the other host has ended since.</summary>
    private async Task<(RunId Run, CommandId Command)> EndAsync()
    {
        var delivered = await DeliverAsync();
        _ = (await _other.Runs.TransitionAsync(delivered.Run, new TransitionRequest { To = RunState.Completed, Actor = TestHost.Ada })).Value;
        return delivered;
    }

    private static NewCommand Tune(double tenths) => NewCommand.Tune(TestHost.Ada, KeyValuePair.Create("learning_rate", tenths / 10));

    private static CallContext Key(string key) => new() { IdempotencyKey = key };
}
