using Orchestrator.Core.Tests.Hosting;
using Orchestrator.Core.Tests.Storage;
using Orchestrator.Storage;
using Orchestrator.Storage.Conformance.Invariants;

namespace Orchestrator.Core.Tests.Events;

/// <summary>Which durable events each change tells, in the commit of the change. Contract section 6.</summary>
public sealed class EmissionTests
{
    private static readonly TransitionRequest Fail = new() { To = RunState.Failed, Actor = TestHost.Ada };

    [Fact]
    public async Task The_creation_of_a_run_is_one_event()
    {
        await using var host = new TestHost();
        Assert.Equal(["run.created"], await ToldAsync(host, host.CreateAsync));
    }

    [Fact]
    public async Task Heartbeats_tell_of_a_change_of_state_of_their_first_refusal_and_of_a_loss_that_diverges()
    {
        await using var host = new TestHost(configure: options => options.Heartbeats.MinInterval = TimeSpan.Zero);
        var run = await host.CreateAsync();

        Assert.Equal(["run.state_changed"], await BeatAsync(5, 0.5));
        Assert.Empty(await BeatAsync(6, 0.5));
        Assert.Equal(["run.heartbeat_refused"], await BeatAsync(1, 0.5));
        Assert.Empty(await BeatAsync(1, 0.5));
        Assert.Equal(["run.loss_not_finite"], await BeatAsync(7, double.NaN));
        Assert.Empty(await BeatAsync(8, double.PositiveInfinity));

        Task<IEnumerable<string>> BeatAsync(long step, double loss) =>
            ToldAsync(host, async () => await host.Heartbeats.ReportAsync(run, TestHost.Beat(run, step) with { Loss = loss }));
    }

    [Fact]
    public async Task A_command_tells_of_its_life()
    {
        await using var host = new TestHost();
        var run = await host.StartAsync();
        Command? sent = null;

        Assert.Equal(["command.queued"], await ToldAsync(host, async () => sent = (await host.Commands.EnqueueAsync(run, NewCommand.Pause(TestHost.Ada))).Value.Value));
        Assert.Equal(["command.delivered"], await ToldAsync(host, async () => await host.Commands.NextAsync(run)));
        Assert.Equal(
            ["command.acknowledged", "run.state_changed"],
            (await ToldAsync(host, async () => await host.Commands.AcknowledgeAsync(run, sent!.Id, new Acknowledgement()))).Order());
        Assert.Equal(["command.queued"], await ToldAsync(host, async () => await host.Commands.EnqueueAsync(run, NewCommand.Resume(TestHost.Ada))));
        Assert.Equal(
            ["command.queued", "command.superseded", "run.state_changed"],
            (await ToldAsync(host, async () => await host.Commands.EnqueueAsync(run, NewCommand.Terminate(TestHost.Ada, "enough")))).Order());
    }

    [Fact]
    public async Task A_command_that_waits_too_long_tells_so()
    {
        await using var host = new TestHost();
        var run = await host.StartAsync();
        _ = (await host.Commands.EnqueueAsync(run, NewCommand.Pause(TestHost.Ada) with { ExpiresAt = host.Time.GetUtcNow().AddSeconds(30) })).Value;
        host.Time.Advance(TimeSpan.FromMinutes(1));

        Assert.Equal(["command.expired"], await ToldAsync(host, host.SweepAsync));
    }

    [Fact]
    public async Task Transitions_attempts_and_snoozes_tell_of_themselves()
    {
        await using var host = new TestHost();
        var run = await host.StartAsync();

        Assert.Equal(
            ["run.attempt_started", "run.state_changed"],
            (await ToldAsync(host, async () => await host.Runs.StartAttemptAsync(run, new AttemptRequest { Actor = TestHost.Ada }))).Order());
        Assert.Equal(["run.snoozed"], await ToldAsync(host, async () =>
            await host.Runs.SnoozeAsync(run, new SnoozeRequest { For = TimeSpan.FromMinutes(1), Reason = "r", Actor = TestHost.Ada })));
        Assert.Equal(["run.state_changed"], await ToldAsync(host, async () => await host.Runs.TransitionAsync(run, Fail)));
        Assert.Empty(await ToldAsync(host, async () => await host.Runs.TransitionAsync(run, Fail)));
    }

    [Fact]
    public async Task Silence_tells_of_health_and_recommends_the_end_and_a_sign_of_life_tells_of_health()
    {
        await using var host = new TestHost(configure: WatchSilence);
        var run = await host.StartAsync();
        await PassAsync(host, seconds: 40);

        Assert.Equal(["run.health_changed"], await ToldAsync(host, () => PassAsync(host, seconds: 15)));
        Assert.Equal(["run.health_changed", "run.terminate_recommended"], (await ToldAsync(host, () => PassAsync(host, seconds: 100))).Order());
        Assert.Equal(["run.health_changed"], await ToldAsync(host, async () => await host.Heartbeats.ReportAsync(run, TestHost.Beat(run))));
    }

    [Fact]
    public async Task The_silence_of_most_of_a_fleet_is_one_event_of_no_run()
    {
        await using var host = new TestHost(configure: WatchSilence);
        for (var n = 0; n < 60; n++)
        {
            await host.StartAsync($"run-{n}");
        }

        await using var reader = await EventReader.OpenAsync(host.Engine, null, null, EventType.FleetSilent);
        await PassAsync(host, seconds: 60);

        var told = (await reader.NextAsync()).Event;
        Assert.Equal((true, 0, $"fleet:{told.Sequence}"), (told.RunId.IsDefault, told.Attempt, told.Id));
        Assert.Equal((60, 60), told.Data is FleetSilentData data ? (data.Silent, data.Watched) : default);
    }

    [Fact]
    public async Task Every_change_of_a_run_and_its_events_are_one_write()
    {
        var writes = new List<RunWrite>();
        await using var seed = new TestHost();
        var store = new InterceptedStore((InMemoryRunStore)seed.Store);
        store.OnCommit = (batch, results) =>
        {
            writes.AddRange(batch.ToArray());
            return store.Inner.CommitAsync(batch, results);
        };
        await using var host = new TestHost(store, seed.Time);
        var run = await host.StartAsync();
        _ = (await host.Commands.EnqueueAsync(run, NewCommand.Terminate(TestHost.Ada, "enough"))).Value;
        _ = (await host.Runs.TransitionAsync(run, Fail)).Value;

        var told = 0L;
        foreach (var change in writes.Select(write => write.Change).OfType<RunChange>())
        {
            Assert.Equal(change.Head.Events - told, change.Events.Count);
            Assert.Equal(change.Transitions.Where(step => step.From is not null), change.Events.Select(one => one.Data).OfType<StateChangedData>().Select(data => data.Transition));
            told = change.Head.Events;
        }

        (await RunRecord.ReadAsync(store, run)).CheckEvents();
    }

    /// <summary>The types of the durable events that an action tells.</summary>
    private static async Task<IEnumerable<string>> ToldAsync(TestHost host, Func<Task> act)
    {
        var before = await host.Store.ReadFeedAsync(null, 1, CancellationToken.None);
        await act();
        return (await host.Store.ReadFeedAsync(before.Next, 100, CancellationToken.None)).Items.Select(item => item.Event.Type.ToWireName());
    }

    private static Task<IEnumerable<string>> ToldAsync(TestHost host, Func<string, Task> act) => ToldAsync(host, () => act("run"));

    private static void WatchSilence(OrchestratorOptions options)
    {
        options.Health.StaleAfter = TimeSpan.FromSeconds(45);
        options.Health.UnresponsiveAfter = TimeSpan.FromSeconds(135);
        options.Health.SweepInterval = TimeSpan.FromSeconds(5);
    }

    private static async Task PassAsync(TestHost host, int seconds)
    {
        for (; seconds > 0; seconds -= 5)
        {
            host.Time.Advance(TimeSpan.FromSeconds(5));
            await host.SweepAsync();
        }
    }
}
