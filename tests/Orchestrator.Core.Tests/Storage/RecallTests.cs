using Microsoft.Extensions.Time.Testing;
using Orchestrator.Core.Tests.Hosting;

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
        Assert.Equal([CommandStatus.Applied, CommandStatus.Applied, CommandStatus.Applied], (await _host.Commands.ListAsync(run)).Value.Select(command => command.Status));
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
        Assert.Single((await _host.Commands.ListAsync(run)).Value);
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
        Assert.Equal(1, Assert.Single((await _host.Commands.ListAsync(run)).Value).Sequence);
    }

    [Fact]
    public async Task A_run_that_the_other_host_ended_takes_no_command_and_has_none()
    {
        var run = await _host.StartAsync();
        var left = (await _host.Commands.EnqueueAsync(run, Tune(1))).Value.Value;
        _ = (await _other.Runs.TransitionAsync(run, new TransitionRequest { To = RunState.Completed, Actor = TestHost.Ada })).Value;

        Assert.Equal(RefusalCode.InvalidState, (await _host.Commands.EnqueueAsync(run, Tune(2))).Refusal?.Code);
        Assert.Equal(RefusalCode.RunEnded, (await _host.Commands.NextAsync(run)).Refusal?.Code);
        Assert.Equal(CommandStatus.Superseded, (await _host.Commands.AcknowledgeAsync(run, left.Id, new Acknowledgement())).Value.Value.Status);
    }

    [Fact]
    public async Task A_new_attempt_at_the_other_host_fences_the_old_one_here()
    {
        var run = await _host.StartAsync();
        _ = (await _host.Commands.EnqueueAsync(run, Tune(1))).Value;
        Assert.NotNull((await _host.Commands.NextAsync(run, attempt: 1)).Value);
        _ = (await _other.Runs.StartAttemptAsync(run, new AttemptRequest { Actor = TestHost.Ada })).Value;

        Assert.Equal(RefusalCode.StaleAttempt, (await _host.Commands.NextAsync(run, attempt: 1)).Refusal?.Code);
        Assert.Equal(1, (await _host.Commands.NextAsync(run, attempt: 2)).Value!.Sequence);
    }

    private static NewCommand Tune(double tenths) => NewCommand.Tune(TestHost.Ada, KeyValuePair.Create("learning_rate", tenths / 10));

    private static CallContext Key(string key) => new() { IdempotencyKey = key };
}
