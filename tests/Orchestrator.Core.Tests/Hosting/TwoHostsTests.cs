using Orchestrator.Core.Tests.Storage;
using Orchestrator.Storage.Conformance.Invariants;

namespace Orchestrator.Core.Tests.Hosting;

/// <summary>Two hosts over one store.</summary>
public sealed class TwoHostsTests
{
    private static readonly TimeSpan Minute = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task A_command_accepted_on_one_wakes_a_poll_on_the_other()
    {
        await using var one = new TestHost();
        await using var other = new TestHost(one.Store, one.Time);
        var run = await one.StartAsync();
        var poll = other.Commands.NextAsync(run, Minute).AsTask();
        Assert.False(poll.IsCompleted);

        var sent = (await one.Commands.EnqueueAsync(run, NewCommand.Pause(TestHost.Ada))).Value.Value;
        Assert.Equal(sent.Id, (await poll.WaitAsync(TestHost.Patience)).Value?.Id);
        Assert.Null((await one.Commands.NextAsync(run)).Value);
    }

    [Fact]
    public async Task A_run_created_on_one_wakes_a_claim_on_the_other()
    {
        await using var one = new TestHost();
        await using var other = new TestHost(one.Store, one.Time);
        var claim = other.Runs.ClaimAsync(new ClaimRequest { WorkerId = "w", Wait = Minute }).AsTask();
        Assert.False(claim.IsCompleted);

        var run = await one.CreateAsync();
        Assert.Equal(run, (await claim.WaitAsync(TestHost.Patience)).Value.Value?.Id);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Two_claims_of_one_worker_at_once_never_share_an_attempt(int read)
    {
        await using var one = new TestHost();
        var store = new InterceptedStore((InMemoryRunStore)one.Store);
        await using var other = new TestHost(store, one.Time);
        var run = await one.CreateAsync();
        var meanwhile = default(Task<Result<Receipt<Run?>>>);
        _ = await other.Runs.GetAsync(run);
        store.OnRead = () => meanwhile = --read == 0 ? one.Runs.ClaimAsync(new ClaimRequest { WorkerId = "w" }).AsTask() : meanwhile;

        var late = (await other.Runs.ClaimAsync(new ClaimRequest { WorkerId = "w" })).Value.Value;
        var early = (await meanwhile!).Value.Value;

        Assert.Equal((run, 1), (early!.Id, early.Attempt));
        Assert.True(late is null || (late.Attempt == 2 && late.ClaimId != early.ClaimId), $"{late?.Attempt}");
    }

    [Theory]
    [InlineData(RunState.Queued)]
    [InlineData(RunState.Provisioning)]
    public async Task A_claim_that_the_same_call_overtakes_is_told_so(RunState state)
    {
        await using var one = new TestHost();
        var store = new InterceptedStore((InMemoryRunStore)one.Store);
        await using var other = new TestHost(store, one.Time);
        var run = await one.CreateAsync();
        var request = new ClaimRequest { WorkerId = "w" };
        if (state == RunState.Provisioning)
        {
            _ = (await one.Runs.ClaimAsync(request)).Value;
        }

        var context = CallContext.Empty with { IdempotencyKey = "k" };
        store.OnCommit = async (writes, results) =>
        {
            store.OnCommit = null;
            _ = (await one.Runs.ClaimAsync(request, context)).Value;
            await store.Inner.CommitAsync(writes, results);
        };

        var receipt = (await other.Runs.ClaimAsync(request, context)).Value;

        Assert.Equal((run, Effect.Replayed), (receipt.Value?.Id, receipt.Effect));
    }

    [Fact]
    public async Task The_end_of_a_run_on_one_ends_its_polls_on_the_other()
    {
        await using var one = new TestHost();
        await using var other = new TestHost(one.Store, one.Time);
        var run = await one.StartAsync();
        var polls = Enumerable.Range(0, 5).Select(_ => other.Commands.NextAsync(run, Minute).AsTask()).ToList();
        _ = (await one.Runs.TransitionAsync(run, new TransitionRequest { To = RunState.Completed, Actor = TestHost.Ada })).Value;

        Assert.All(await Task.WhenAll(polls).WaitAsync(TestHost.Patience), poll => Assert.Equal(RefusalCode.RunEnded, poll.Refusal?.Code));
    }

    [Fact]
    public async Task A_new_attempt_on_one_sends_the_pollers_of_the_old_one_home_and_gives_its_commands_to_the_new_one()
    {
        await using var one = new TestHost();
        await using var other = new TestHost(one.Store, one.Time);
        var run = await one.StartAsync();
        var sent = (await one.Commands.EnqueueAsync(run, NewCommand.Pause(TestHost.Ada))).Value.Value;
        Assert.NotNull((await other.Commands.NextAsync(run, Minute, attempt: 1)).Value);
        var stale = other.Commands.NextAsync(run, Minute, attempt: 1).AsTask();
        Assert.False(stale.IsCompleted);

        _ = (await one.Runs.StartAttemptAsync(run, new AttemptRequest { Actor = TestHost.Ada })).Value;
        Assert.Equal(RefusalCode.StaleAttempt, (await stale.WaitAsync(TestHost.Patience)).Refusal?.Code);
        Assert.Equal((sent.Id, 2), (await other.Commands.NextAsync(run, attempt: 2)).Value is { } again ? (again.Id, again.DeliveryCount) : default);
    }

    [Fact]
    public async Task A_parked_poll_gets_what_is_due_again_when_its_time_has_come()
    {
        await using var host = new TestHost();
        var run = await host.StartAsync();
        var sent = (await host.Commands.EnqueueAsync(run, NewCommand.Pause(TestHost.Ada))).Value.Value;
        Assert.NotNull((await host.Commands.NextAsync(run)).Value);
        var poll = host.Commands.NextAsync(run, Minute).AsTask();

        host.Time.Advance(TimeSpan.FromSeconds(30));
        Assert.Equal((sent.Id, 2), (await poll.WaitAsync(TestHost.Patience)).Value is { } again ? (again.Id, again.DeliveryCount) : default);
    }

    [Fact]
    public async Task Sweeps_on_both_end_each_termination_once()
    {
        await using var one = new TestHost();
        await using var other = new TestHost(one.Store, one.Time);
        var runs = new List<RunId>();
        for (var i = 0; i < 300; i++)
        {
            runs.Add(await one.StartAsync($"run-{i}"));
            _ = (await one.Commands.EnqueueAsync(runs[^1], NewCommand.Terminate(TestHost.Ada, "enough"))).Value;
        }

        one.Time.Advance(TimeSpan.FromSeconds(120));
        await Task.WhenAll(Task.Run(one.SweepAsync), Task.Run(other.SweepAsync), Task.Run(one.SweepAsync)).WaitAsync(TestHost.Patience);

        foreach (var run in runs)
        {
            var record = await RunRecord.ReadAsync(one.Store, run);
            Assert.Equal(
                [RunState.Queued, RunState.Running, RunState.Terminating, RunState.Terminated], record.Transitions.Select(step => step.To));
            Assert.Equal(EndReason.Forced, record.View.Head.Ending?.Reason);
            record.CheckEvents();
        }
    }
}
