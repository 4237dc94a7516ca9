using CsCheck;
using Microsoft.Extensions.Time.Testing;
using Orchestrator.Core.Storage;
using Orchestrator.Core.Tests.Hosting;
using Orchestrator.Storage;

namespace Orchestrator.Core.Tests.Storage;

public sealed class RunExecutorTests
{
    [Theory]
    [InlineData(1, 1)]
    [InlineData(20, 1)]
    [InlineData(3, 8)]
    public async Task A_change_that_lost_a_race_is_decided_again_until_it_is_stored_once(int conflicts, int maxBatch)
    {
        var (host, store) = NewHost(maxBatch);
        await using var disposal = host;
        var run = await host.StartAsync();
        var left = conflicts;
        store.OnCommit = async (writes, results) =>
        {
            if (left-- > 0)
            {
                var current = await store.Inner.LoadOneAsync(new RunLookup(run), CancellationToken.None);
                results.Span[0] = new CommitResult(CommitVerdict.Conflict, null, current);
                return;
            }

            await store.Inner.CommitAsync(writes, results);
        };

        var before = store.Commits;
        var result = await host.Runs.TransitionAsync(run, new TransitionRequest { To = RunState.Paused, Actor = TestHost.Ada });

        Assert.Equal(Effect.Done, result.Value.Effect);
        Assert.Equal(conflicts + 1, store.Commits - before);
        Assert.Equal([RunState.Queued, RunState.Running, RunState.Paused], (await host.Runs.GetTransitionsAsync(run)).Value.Items.Select(step => step.To));
    }

    [Fact]
    public async Task A_change_that_lost_a_race_is_decided_on_what_the_winner_left()
    {
        var (host, store) = NewHost();
        await using var disposal = host;
        var run = await host.StartAsync();
        await using var other = new TestHost(store.Inner, host.Time);
        store.OnCommit = async (writes, results) =>
        {
            store.OnCommit = null;
            _ = (await other.Runs.TransitionAsync(run, new TransitionRequest { To = RunState.Completed, Actor = TestHost.Ada })).Value;
            await store.Inner.CommitAsync(writes, results);
        };

        var result = await host.Runs.TransitionAsync(run, new TransitionRequest { To = RunState.Failed, Actor = TestHost.Ada });

        Assert.Equal(RefusalCode.InvalidTransition, result.Refusal?.Code);
        Assert.Equal(RunState.Completed, (await host.Runs.GetAsync(run)).Value.State);
    }

    [Fact]
    public async Task A_decision_that_leans_on_the_progress_is_made_again_when_a_heartbeat_came_between()
    {
        var (host, store) = NewHost();
        await using var disposal = host;
        var run = await host.StartAsync();
        host.Time.Advance(TimeSpan.FromSeconds(10));
        await using var other = new TestHost(store.Inner, host.Time);
        store.OnCommit = async (writes, results) =>
        {
            store.OnCommit = null;
            _ = (await other.Heartbeats.ReportAsync(run, TestHost.Beat(run, step: 7))).Value;
            await store.Inner.CommitAsync(writes, results);
        };

        var final = new FinalReport { Step = 5 };
        var result = await host.Runs.TransitionAsync(run, new TransitionRequest { To = RunState.Completed, Actor = TestHost.Ada, Final = final });

        Assert.Equal(RefusalCode.StepRegression, result.Refusal?.Code);
        Assert.Equal(7, (await host.Runs.GetAsync(run)).Value.CurrentStep);
    }

    [Fact]
    public async Task The_first_loss_that_is_not_finite_is_told_once_when_two_heartbeats_race()
    {
        var (host, store) = NewHost();
        await using var disposal = host;
        var run = await host.StartAsync();
        host.Time.Advance(TimeSpan.FromSeconds(10));
        await using var other = new TestHost(store.Inner, host.Time, options => options.Heartbeats.MinInterval = TimeSpan.Zero);
        store.OnCommit = async (writes, results) =>
        {
            store.OnCommit = null;
            _ = (await other.Heartbeats.ReportAsync(run, TestHost.Beat(run, 1) with { Loss = double.NaN })).Value;
            host.Time.Advance(TimeSpan.FromSeconds(10));
            await store.Inner.CommitAsync(writes, results);
        };
        _ = (await host.Heartbeats.ReportAsync(run, TestHost.Beat(run, 2) with { Loss = double.PositiveInfinity })).Value;

        var events = await store.ReadEventsAsync(run, 0, 100, CancellationToken.None);
        Assert.Single(events, told => told.Type == EventType.RunLossNotFinite);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_conflict_of_one_run_does_not_fail_its_neighbours_in_the_batch(bool exists)
    {
        var (host, store) = NewHost(maxBatch: 16);
        await using var disposal = host;
        var runs = new List<RunId>();
        for (var i = 0; i < 16; i++)
        {
            runs.Add(exists ? await host.StartAsync($"run-{i}") : RunId.Parse($"run-{i}"));
        }

        await using var other = new TestHost(store.Inner, host.Time);
        store.OnCommit = async (writes, results) =>
        {
            store.OnCommit = null;
            var first = writes.Span[0].Run;
            _ = exists
                ? (await other.Commands.EnqueueAsync(first, NewCommand.Pause(TestHost.Ada))).Value.Effect
                : (await other.Runs.CreateAsync(TestHost.NewRun(first.Value))).Value.Effect;
            await store.Inner.CommitAsync(writes, results);
        };
        var results = await Task.WhenAll(runs.Select(async run => exists
            ? (await host.Runs.TransitionAsync(run, new TransitionRequest { To = RunState.Completed, Actor = TestHost.Ada })).Value
            : (await host.Runs.CreateAsync(TestHost.NewRun(run.Value))).Value));

        Assert.Equal(exists ? 16 : 15, results.Count(receipt => receipt.Effect == Effect.Done));
        Assert.All(results, receipt => Assert.Equal(exists ? RunState.Completed : RunState.Queued, receipt.Value.State));
    }

    [Fact]
    public async Task A_key_that_made_another_run_is_refused_and_nothing_is_made()
    {
        await using var host = new TestHost();
        var context = new CallContext { IdempotencyKey = "key" };
        _ = (await host.Runs.CreateAsync(TestHost.NewRun("one"), context)).Value;

        Assert.Equal(RefusalCode.IdempotencyKeyReused, (await host.Runs.CreateAsync(TestHost.NewRun("two"), context)).Refusal?.Code);
        Assert.Equal(RefusalCode.RunNotFound, (await host.Runs.GetAsync(RunId.Parse("two"))).Refusal?.Code);
    }

    [Fact]
    public async Task A_store_that_does_not_answer_is_a_refusal_on_every_path_and_nothing_is_acknowledged()
    {
        var (host, store) = NewHost();
        await using var disposal = host;
        var run = await host.StartAsync();
        store.OnRead = () => throw new StoreUnavailableException();

        Refusal?[] refusals =
        [
            (await host.Runs.GetAsync(run)).Refusal,
            (await host.Runs.ListAsync()).Refusal,
            (await host.Runs.GetTransitionsAsync(run)).Refusal,
            (await host.Runs.CreateAsync(TestHost.NewRun())).Refusal,
            (await host.Runs.ClaimAsync(new ClaimRequest { WorkerId = "w" })).Refusal,
            (await host.Runs.ClaimAsync(new ClaimRequest { WorkerId = "w" }, new CallContext { IdempotencyKey = "k" })).Refusal,
            (await host.Runs.TransitionAsync(run, new TransitionRequest { To = RunState.Failed, Actor = TestHost.Ada })).Refusal,
            (await host.Runs.StartAttemptAsync(run, new AttemptRequest { Actor = TestHost.Ada })).Refusal,
            (await host.Heartbeats.ReportAsync(run, TestHost.Beat(run))).Refusal,
            (await host.Heartbeats.ReportAsync([TestHost.Beat(run)]))[0].Refusal,
            (await host.Commands.EnqueueAsync(run, NewCommand.Pause(TestHost.Ada))).Refusal,
            (await host.Commands.NextAsync(run)).Refusal,
            (await host.Commands.ListAsync(run)).Refusal,
            (await host.Commands.GetAsync(run, CommandId.Parse("c"))).Refusal,
            (await host.Commands.AcknowledgeAsync(run, CommandId.Parse("c"), new Acknowledgement())).Refusal,
        ];
        Assert.All(refusals, refusal => Assert.Equal(RefusalCode.StoreUnavailable, refusal?.Code));

        store.OnRead = null;
        Assert.Equal(RunState.Running, (await host.Runs.GetAsync(run)).Value.State);
        Assert.Single((await host.Runs.ListAsync()).Value.Items);
    }

    [Fact]
    public Task Whatever_commits_lose_their_replies_or_never_arrive_the_same_requests_sent_again_have_one_effect() =>
        Gen.Select(Gen.OneOfConst(1, 8), Gen.Frequency((3, Gen.Const(Cut.None)), (1, Gen.Const(Cut.BeforeIt)), (2, Gen.Const(Cut.AfterIt))).Array[30]).SampleAsync(
            async (maxBatch, cuts) =>
            {
                var expected = await Script.RunAsync(maxBatch, []);
                var actual = await Script.RunAsync(maxBatch, cuts);
                Assert.Equal(expected, actual);
            },
            iter: 1_000);

    private static (TestHost Host, InterceptedStore Store) NewHost(int maxBatch = 1)
    {
        var time = new FakeTimeProvider(new DateTimeOffset(2026, 1, 31, 12, 0, 0, TimeSpan.Zero));
        var store = new InterceptedStore(new InMemoryRunStore(time), maxBatch);
        return (new TestHost(store, time), store);
    }
}
