using Microsoft.Extensions.Time.Testing;
using Orchestrator.Core.Tests.Hosting;
using Orchestrator.Core.Tests.Storage;
using Orchestrator.Storage;

namespace Orchestrator.Core.Tests.Runs;

/// <summary>Claims through an engine: who gets which run, in which attempt, and which parked claims are woken.</summary>
public sealed class ClaimTests
{
    private static readonly TimeSpan Minute = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task Of_two_parked_claims_of_one_name_one_gets_the_run_and_the_other_waits_on()
    {
        await using var host = new TestHost();
        var claims = new[] { Claim(host, wait: Minute), Claim(host, wait: Minute) };

        _ = await host.CreateAsync("first");
        var first = await Task.WhenAny(claims).WaitAsync(TestHost.Patience);
        var other = claims.Single(claim => claim != first);
        Assert.Equal("first", (await first)!.Id.Value);
        Assert.False(other.IsCompleted);
        _ = await host.CreateAsync("second");

        Assert.Equal("second", (await other.WaitAsync(TestHost.Patience))!.Id.Value);
    }

    [Fact]
    public async Task A_second_worker_of_one_name_fences_the_first_which_claims_again()
    {
        await using var host = new TestHost();
        var run = await host.CreateAsync();

        var first = await Claim(host);
        var second = await Claim(host);

        Assert.Equal((1, 2), (first!.Attempt, second!.Attempt));
        Assert.NotEqual(first.ClaimId, second.ClaimId);
        Assert.Equal(RefusalCode.StaleAttempt, (await host.Heartbeats.ReportAsync(run, Beat(first))).Refusal?.Code);
        Assert.Null((await host.Heartbeats.ReportAsync(run, Beat(second))).Refusal);
        Assert.Null(await Claim(host));
    }

    [Fact]
    public async Task Another_claim_id_of_the_same_attempt_is_stale_everywhere()
    {
        await using var host = new TestHost();
        var run = await host.CreateAsync();
        var claimed = (await Claim(host))!;
        _ = (await host.Heartbeats.ReportAsync(run, Beat(claimed))).Value;
        var pause = (await host.Commands.EnqueueAsync(run, NewCommand.Pause(TestHost.Ada))).Value.Value;

        Refusal?[] refusals =
        [
            (await host.Heartbeats.ReportAsync(run, Beat(claimed) with { ClaimId = "other", Step = 2 })).Refusal,
            (await host.Commands.NextAsync(run, attempt: 1, claimId: "other")).Refusal,
            (await host.Commands.AcknowledgeAsync(run, pause.Id, new Acknowledgement { Attempt = 1, ClaimId = "other" })).Refusal,
            (await host.Runs.TransitionAsync(run, new TransitionRequest { To = RunState.Completed, Actor = TestHost.Ada, Attempt = 1, ClaimId = "other" })).Refusal,
        ];

        Assert.All(refusals, refusal => Assert.Equal(RefusalCode.StaleAttempt, refusal?.Code));
        Assert.Equal(pause.Id, (await host.Commands.NextAsync(run, attempt: 1, claimId: claimed.ClaimId)).Value?.Id);
    }

    [Fact]
    public async Task A_worker_that_was_killed_gets_its_run_back_where_its_claim_takes_over()
    {
        await using var host = new TestHost();
        var run = await host.CreateAsync();
        var before = (await Claim(host))!;
        _ = (await host.Heartbeats.ReportAsync(run, Beat(before) with { Step = 40, CheckpointVersion = 3, CheckpointUri = "s3://3" })).Value;

        Assert.Null(await Claim(host));
        var after = await Claim(host, takeover: true);

        Assert.Equal((run, 2), (after!.Id, after.Attempt));
        Assert.Equal(new ResumePoint(run, 1, 3, 40, "s3://3"), after.ResumePoint);
        Assert.Equal((0L, 0L), (after.CurrentStep, after.CheckpointVersion));
    }

    [Fact]
    public async Task A_claim_that_waits_takes_queued_runs_only()
    {
        await using var host = new TestHost();
        var waiting = Claim(host, wait: Minute);
        var run = await host.StartAsync();
        _ = (await host.Runs.StartAttemptAsync(run, new AttemptRequest { Actor = TestHost.Ada, WorkerId = "w" })).Value;
        host.Time.Advance(Minute);

        Assert.Null(await waiting.WaitAsync(TestHost.Patience));
        Assert.Equal((run, 2), (await Claim(host) is { } assigned ? (assigned.Id, assigned.Attempt) : default));
    }

    [Fact]
    public async Task A_claim_and_a_poll_wait_no_longer_than_MaxWait()
    {
        await using var host = new TestHost(configure: options => options.Limits.MaxWait = TimeSpan.FromSeconds(50));
        var run = await host.StartAsync();
        Task[] calls = [Claim(host, wait: Minute), host.Commands.NextAsync(run, Minute).AsTask()];

        host.Time.Advance(TimeSpan.FromSeconds(49));
        Assert.All(calls, call => Assert.False(call.IsCompleted));
        host.Time.Advance(TimeSpan.FromSeconds(1));

        await Task.WhenAll(calls).WaitAsync(TestHost.Patience);
        Assert.Null(await (Task<Run?>)calls[0]);
        Assert.Null((await (Task<Result<Command?>>)calls[1]).Value);
    }

    [Fact]
    public async Task A_shorter_wait_than_MaxWait_is_kept()
    {
        await using var host = new TestHost(configure: options => options.Limits.MaxWait = TimeSpan.FromSeconds(50));
        var claim = Claim(host, wait: TimeSpan.FromSeconds(10));

        host.Time.Advance(TimeSpan.FromSeconds(10));

        Assert.Null(await claim.WaitAsync(TestHost.Patience));
    }

    [Fact]
    public async Task An_idempotency_key_gets_the_same_answer_only_while_its_attempt_is_current()
    {
        await using var host = new TestHost();
        var run = await host.CreateAsync();
        var request = new ClaimRequest { WorkerId = "w" };
        var key = new CallContext { IdempotencyKey = "k" };

        var first = (await host.Runs.ClaimAsync(request, key)).Value;
        var again = (await host.Runs.ClaimAsync(request, key)).Value;
        Assert.Equal((Effect.Replayed, first.Value!.ClaimId, 1), (again.Effect, again.Value!.ClaimId, again.Value.Attempt));
        _ = (await host.Runs.StartAttemptAsync(run, new AttemptRequest { Actor = TestHost.Ada, WorkerId = "w" })).Value;

        Assert.Equal(RefusalCode.StaleAttempt, (await host.Runs.ClaimAsync(request, key)).Refusal?.Code);
        Assert.Equal(2, (await host.Runs.ClaimAsync(request, new CallContext { IdempotencyKey = "k2" })).Value.Value!.Attempt);
    }

    [Fact]
    public async Task A_claim_for_one_run_gets_it_or_is_refused()
    {
        await using var host = new TestHost();
        var wanted = await host.CreateAsync("wanted");
        var urgent = (await host.Runs.CreateAsync(TestHost.NewRun("urgent", priority: 9))).Value.Value.Id;

        Assert.Equal(wanted, (await Claim(host, run: wanted))!.Id);
        var refusal = (await host.Runs.ClaimAsync(new ClaimRequest { WorkerId = "other", Run = wanted })).Refusal!;
        Assert.Equal((RefusalCode.InvalidState, "provisioning"), (refusal.Code, refusal.Details["state"]));
        Assert.Equal(RefusalCode.RunNotFound, (await host.Runs.ClaimAsync(new ClaimRequest { WorkerId = "w", Run = RunId.Parse("none") })).Refusal?.Code);
        Assert.Equal(RunState.Queued, (await host.Runs.GetAsync(urgent)).Value.State);
    }

    [Fact]
    public async Task A_caller_finds_its_run_behind_many_that_other_callers_hold_under_its_worker_id()
    {
        await using var host = new TestHost();
        for (var n = 0; n <= 16; n++)
        {
            var run = await host.CreateAsync($"run-{n}");
            var caller = new CallContext { Principal = n < 16 ? "a" : "b" };
            Assert.Null((await host.Runs.ClaimAsync(new ClaimRequest { WorkerId = "w", Run = run }, caller)).Refusal);
        }

        var again = (await host.Runs.ClaimAsync(new ClaimRequest { WorkerId = "w" }, new CallContext { Principal = "b" })).Value.Value;

        Assert.Equal(("run-16", 2), (again?.Id.Value, again?.Attempt));
    }

    [Fact]
    public async Task A_claim_is_audited()
    {
        await using var host = new TestHost();
        var run = await host.CreateAsync();

        _ = await Claim(host);
        _ = await Claim(host);

        var claims = (await host.Engine.Audit.ListAsync(run)).Value.Items.Where(entry => entry.Action == "run.claim").ToList();
        Assert.Equal([("worker", "w"), ("worker", "w")], claims.Select(entry => (entry.ActorType, entry.ActorId)));
        Assert.True((await host.Engine.Audit.VerifyAsync(run)).Value.Valid);
    }

    [Fact]
    public async Task A_run_that_requires_something_goes_to_a_claim_that_offers_it()
    {
        await using var host = new TestHost();
        _ = (await host.Runs.CreateAsync(TestHost.NewRun("gpu") with { Requires = new Dictionary<string, string> { ["gpu"] = "a100" } })).Value;
        var laptop = Claim(host, worker: "laptop", wait: Minute);
        var request = new ClaimRequest { WorkerId = "node", Offers = new Dictionary<string, string> { ["gpu"] = "a100", ["mem"] = "80" } };

        Assert.Equal("gpu", (await host.Runs.ClaimAsync(request)).Value.Value?.Id.Value);
        host.Time.Advance(Minute);
        Assert.Null(await laptop.WaitAsync(TestHost.Patience));
    }

    [Fact]
    public async Task A_queued_run_wakes_only_the_claims_that_could_take_it()
    {
        var time = new FakeTimeProvider(new DateTimeOffset(2026, 1, 31, 12, 0, 0, TimeSpan.Zero));
        var store = new InterceptedStore(new InMemoryRunStore(time));
        await using var host = new TestHost(store, time);
        var looks = new System.Collections.Concurrent.ConcurrentBag<string>();
        store.OnFindQueued = filter => looks.Add(filter.Labels.GetValueOrDefault("x", ""));
        var claims = Enumerable.Range(0, 50).Select(n => Claim(host, worker: $"w{n}", label: $"{n}", wait: Minute)).ToArray();
        var parked = looks.Count;

        _ = (await host.Runs.CreateAsync(TestHost.NewRun("run") with { Labels = new Dictionary<string, string> { ["x"] = "7" } })).Value;
        Assert.Equal("run", (await claims[7].WaitAsync(TestHost.Patience))!.Id.Value);

        Assert.Equal(parked + 1, looks.Count);
    }

    [Fact]
    public async Task A_claim_that_loses_what_it_read_gets_a_run_that_was_queued_meanwhile()
    {
        var time = new FakeTimeProvider(new DateTimeOffset(2026, 1, 31, 12, 0, 0, TimeSpan.Zero));
        var store = new InterceptedStore(new InMemoryRunStore(time));
        await using var host = new TestHost(store, time);
        await using var other = new TestHost(store.Inner, time);
        var lost = await host.CreateAsync("lost");
        store.OnCommit = async (writes, results) =>
        {
            store.OnCommit = null;
            _ = (await other.Runs.CreateAsync(TestHost.NewRun("next"))).Value;
            _ = (await other.Heartbeats.ReportAsync(lost, TestHost.Beat(lost))).Value;
            await store.Inner.CommitAsync(writes, results);
        };

        Assert.Equal("next", (await Claim(host))?.Id.Value);
    }

    [Fact]
    public async Task A_claim_that_is_parked_while_the_store_is_away_gets_a_run_that_was_queued_meanwhile()
    {
        var time = new FakeTimeProvider(new DateTimeOffset(2026, 1, 31, 12, 0, 0, TimeSpan.Zero));
        var store = new InterceptedStore(new InMemoryRunStore(time));
        await using var host = new TestHost(store, time);
        var claim = Claim(host, wait: Minute);
        var isAway = true;
        store.OnRead = () =>
        {
            if (isAway)
            {
                throw new StoreUnavailableException();
            }
        };

        await using (var other = new TestHost(store.Inner, time))
        {
            _ = await other.CreateAsync();
        }

        isAway = false;
        await host.PassUntilAsync(claim, TimeSpan.FromMilliseconds(1));
        Assert.Equal("run", (await claim)!.Id.Value);
    }

    private static async Task<Run?> Claim(
        TestHost host, string worker = "w", bool takeover = false, RunId? run = null, string? label = null, TimeSpan wait = default)
    {
        var request = new ClaimRequest { WorkerId = worker, Takeover = takeover, Run = run, Wait = wait };
        request = label is null ? request : request with { Labels = new Dictionary<string, string> { ["x"] = label } };
        return (await host.Runs.ClaimAsync(request)).Value.Value;
    }

    private static Heartbeat Beat(Run claimed) => TestHost.Beat(claimed.Id) with { Attempt = claimed.Attempt, ClaimId = claimed.ClaimId };
}
