using Orchestrator.Core.Tests.Hosting;

namespace Orchestrator.Core.Tests.Invariants;

/// <summary>Histories that once went another way than the contract tells, each as short as it can be.</summary>
public sealed class ExampleTests
{
    [Fact]
    public async Task Once_its_worker_terminates_a_run_takes_no_command_but_terminate_whatever_it_has_not_acknowledged()
    {
        await using var host = new TestHost();
        var run = await host.StartAsync();
        _ = (await host.Commands.EnqueueAsync(run, NewCommand.Pause(TestHost.Ada))).Value;
        _ = (await host.Heartbeats.ReportAsync(run, TestHost.Beat(run, status: RuntimeStatus.Terminating))).Value;

        Assert.Equal(RefusalCode.InvalidState, (await host.Commands.EnqueueAsync(run, NewCommand.Resume(TestHost.Ada))).Refusal?.Code);
        Assert.Equal(
            RefusalCode.InvalidState,
            (await host.Commands.EnqueueAsync(run, NewCommand.Tune(TestHost.Ada, KeyValuePair.Create("learning_rate", 0.1)))).Refusal?.Code);
        Assert.Equal(Effect.Done, (await host.Commands.EnqueueAsync(run, NewCommand.Terminate(TestHost.Ada, "enough"))).Value.Effect);
    }

    [Fact]
    public async Task A_keyed_call_about_a_command_that_changes_nothing_is_replayed_with_the_command()
    {
        await using var host = new TestHost();
        var run = await host.StartAsync();
        var pause = NewCommand.Pause(TestHost.Ada) with { Id = CommandId.Parse("pause") };
        _ = (await host.Commands.EnqueueAsync(run, pause)).Value;
        var keyed = new CallContext { IdempotencyKey = "enqueue" };
        Assert.Equal(Effect.None, (await host.Commands.EnqueueAsync(run, pause, keyed)).Value.Effect);
        Assert.Equal((Effect.Replayed, pause.Id), (await host.Commands.EnqueueAsync(run, pause, keyed)).Value is var again ? (again.Effect, again.Value.Id) : default);

        _ = (await host.Commands.AcknowledgeAsync(run, pause.Id.Value, new Acknowledgement())).Value;
        keyed = new CallContext { IdempotencyKey = "ack" };
        Assert.Equal(Effect.None, (await host.Commands.AcknowledgeAsync(run, pause.Id.Value, new Acknowledgement(), keyed)).Value.Effect);
        Assert.Equal(
            (Effect.Replayed, CommandStatus.Applied),
            (await host.Commands.AcknowledgeAsync(run, pause.Id.Value, new Acknowledgement(), keyed)).Value is var same ? (same.Effect, same.Value.Status) : default);
    }
}
