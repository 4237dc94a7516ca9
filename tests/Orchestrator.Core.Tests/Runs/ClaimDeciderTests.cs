using Orchestrator.Core.Heartbeats;
using Orchestrator.Core.Runs;
using Orchestrator.Core.Storage;
using Orchestrator.Core.Tests.Heartbeats;
using Orchestrator.Storage;

namespace Orchestrator.Core.Tests.Runs;

public sealed class ClaimDeciderTests
{
    private static readonly ClaimRequest Request = new() { WorkerId = "w-1" };
    private static readonly CallContext Gpu1 = new() { Principal = "gpu-1" };
    private static readonly CallContext Gpu2 = new() { Principal = "gpu-2" };

    public static TheoryData<RunState> Taken => new(RunViews.States.Where(state => state != RunState.Queued));

    public static TheoryData<RunState> Started => [RunState.Running, RunState.Paused, RunState.Errored];

    [Fact]
    public void A_queued_run_goes_to_the_worker()
    {
        var view = RunViews.In(RunState.Queued, RunViews.Command(1, CommandType.Pause));

        var decision = Decide(view);
        var change = Changes.Of(view, decision);

        Assert.Equal(Effect.Done, decision.Answer);
        Assert.Equal([new StateTransition(6, RunState.Queued, RunState.Provisioning, "w-1", "claimed", RunViews.Attempt, RunViews.Now)], change.Transitions);
        Assert.Equal(("w-1", true, RunViews.Attempt), (change.Head.WorkerId, change.Head.Claimed, change.Head.Attempt));
        Assert.Equal(new RunClaim("claim", null), change.Head.Claim);
        Assert.Equal([EventType.RunStateChanged], Changes.EventTypes(change));
        Assert.Null(change.Progress);
        Assert.Empty(change.Commands);
        Assert.Null(change.Head.StartedAt);
        Assert.Equal(("worker", "w-1", "run.claim", null), (decision.Audit!.ActorType, decision.Audit.ActorId, decision.Audit.Action, decision.Audit.OnBehalfOf));
    }

    [Fact]
    public void An_authenticated_claim_is_sealed_with_its_principal()
    {
        var view = RunViews.In(RunState.Queued);

        var decision = Decide(view, context: Gpu1);

        Assert.Equal(new RunClaim("claim", "gpu-1"), Changes.Of(view, decision).Head.Claim);
        Assert.Equal(("gpu-1", "w-1"), (decision.Audit!.ActorId, decision.Audit.OnBehalfOf));
    }

    [Fact]
    public void A_claimed_run_takes_no_heartbeat_that_names_no_attempt()
    {
        var view = RunViews.In(RunState.Queued);
        var claimed = view with { Head = Changes.Of(view, Decide(view)).Head };

        var decision = new HeartbeatDecider(RunViews.Run, HeartbeatCases.Next with { Attempt = null }, 0, new OrchestratorOptions()).Decide(claimed, RunViews.Now);

        Assert.Equal(RefusalCode.AttemptRequired, decision.Refusal?.Code);
    }

    [Theory]
    [MemberData(nameof(Taken))]
    public void A_run_in_any_other_state_goes_to_no_other_worker(RunState state) =>
        Changes.Refused(RefusalCode.InvalidState, Decide(RunViews.In(state), Request with { Takeover = true }));

    [Fact]
    public void A_run_that_the_worker_holds_without_a_heartbeat_is_handed_to_it_in_the_next_attempt()
    {
        var held = Held();

        var change = Changes.Of(held, Decide(held));

        Assert.Equal((RunViews.Attempt + 1, RunState.Provisioning, "w-1"), (change.Head.Attempt, change.Head.State, change.Head.WorkerId));
        Assert.Equal("claim", change.Head.Claim!.Id);
        Assert.Equal(0, change.Head.EarlierAttempts!.Failures);
        Changes.Refused(RefusalCode.InvalidState, Decide(held, Request with { WorkerId = "w-2" }));
        Changes.Refused(RefusalCode.InvalidState, Decide(held.WithProgress(_ => new RunProgress { LastHeartbeatAt = RunViews.Now })));
    }

    [Fact]
    public void An_assigned_attempt_goes_to_the_first_claim_by_its_worker_id_in_the_same_attempt()
    {
        var assigned = Held().With(head => head with { Claim = null });

        var change = Changes.Of(assigned, Decide(assigned));

        Assert.Equal((RunViews.Attempt, "claim"), (change.Head.Attempt, change.Head.Claim!.Id));
        Assert.Empty(change.Transitions);
        Changes.Refused(RefusalCode.InvalidState, Decide(assigned, Request with { WorkerId = "w-2" }));
    }

    [Fact]
    public void A_held_run_is_handed_again_to_the_principal_that_claimed_it_only()
    {
        var held = Held().With(head => head with { Claim = new RunClaim("first", "gpu-1") });

        Changes.Refused(RefusalCode.InvalidState, Decide(held, context: Gpu2));
        Changes.Refused(RefusalCode.InvalidState, Decide(held));
        Assert.Equal(RunViews.Attempt + 1, Changes.Of(held, Decide(held, context: Gpu1)).Head.Attempt);
    }

    [Fact]
    public void A_run_is_taken_over_at_most_twice_within_the_start_timeout()
    {
        var held = Held().With(head => head with { EarlierAttempts = new EarlierAttempts { TakenOverAt = RunViews.Now } });
        var second = Changes.Of(held, Decide(held)).Head.EarlierAttempts!;
        Assert.Equal((RunViews.Now, RunViews.Now), (second.TakenOverAt, second.TakenOverBeforeAt));

        Changes.Refused(RefusalCode.InvalidState, Decide(Held().With(head => head with { EarlierAttempts = second })));
        var old = second with { TakenOverBeforeAt = RunViews.Now - RunViews.Options.Health.StartTimeout };
        Assert.NotNull(Decide(Held().With(head => head with { EarlierAttempts = old })).Change);
    }

    [Theory]
    [MemberData(nameof(Started))]
    public void A_run_that_has_had_heartbeats_is_taken_over_only_where_the_claim_says_so(RunState state)
    {
        var held = Held(state);

        Changes.Refused(RefusalCode.InvalidState, Decide(held));
        var change = Changes.Of(held, Decide(held, Request with { Takeover = true }));

        Assert.Equal((RunViews.Attempt + 1, RunState.Provisioning, "w-1"), (change.Head.Attempt, change.Head.State, change.Head.WorkerId));
        Assert.Equal(1, change.Head.EarlierAttempts!.Failures);
        Assert.Equal(new ResumePoint(RunViews.Run, RunViews.Attempt, 10, 90, "s3://10"), change.Head.ResumePoint);
    }

    [Fact]
    public void A_takeover_that_would_be_one_failure_too_many_fails_the_run()
    {
        var held = Held(RunState.Running).With(head => head with
        {
            EarlierAttempts = new EarlierAttempts { Failures = 2, HighestStep = 100, HighestCheckpoint = 10 },
        });

        var decision = Decide(held, Request with { Takeover = true });

        Assert.Equal(RefusalCode.InvalidState, decision.Refusal?.Code);
        Assert.Equal((RunState.Failed, EndReason.LostWorker), (decision.Change!.Head.State, decision.Change.Head.Ending!.Reason));
        var further = held.WithProgress(progress => progress with { CurrentStep = 101 });
        Assert.Null(Decide(further, Request with { Takeover = true }).Refusal);
    }

    [Theory]
    [InlineData("pool", "gpu", true)]
    [InlineData("pool", "cpu", false)]
    [InlineData("zone", "gpu", false)]
    public void A_run_is_handed_over_only_with_the_labels_that_the_claim_asks_for(string key, string value, bool isHanded)
    {
        var labels = new Dictionary<string, string> { ["pool"] = "gpu", ["team"] = "vision" };
        var request = Request with { Labels = new Dictionary<string, string> { [key] = value } };

        Assert.Equal(isHanded, Decide(Held().With(head => head with { Labels = labels }), request).Refusal is null);
        Assert.Equal(isHanded, Decide(RunViews.In(RunState.Queued).With(head => head with { Labels = labels }), request).Refusal is null);
    }

    [Theory]
    [InlineData("gpu=a100", true)]
    [InlineData("gpu=a100 mem=80", true)]
    [InlineData("gpu=h100", false)]
    [InlineData("", false)]
    public void A_run_goes_only_to_a_claim_that_offers_all_that_it_requires(string offers, bool isHanded)
    {
        var view = RunViews.In(RunState.Queued).With(head => head with { Requires = new Dictionary<string, string> { ["gpu"] = "a100" } });
        var request = Request with
        {
            Offers = offers.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(pair => pair.Split('=')).ToDictionary(pair => pair[0], pair => pair[1]),
        };

        Assert.Equal(isHanded, Decide(view, request).Refusal is null);
    }

    [Fact]
    public void A_run_that_is_gone_is_not_found() => Changes.Refused(RefusalCode.RunNotFound, Decide(null));

    private static RunView Held(RunState state = RunState.Provisioning)
    {
        var held = RunViews.In(state).With(head => head with { WorkerId = "w-1", Claimed = true, Claim = new RunClaim("first", null) });
        return state == RunState.Provisioning ? held.WithProgress(_ => RunProgress.None) : held;
    }

    private static Decision<Effect> Decide(RunView? view, ClaimRequest? request = null, CallContext? context = null)
    {
        request ??= Request;
        var filter = new QueueFilter { Labels = request.Labels, Offers = request.Offers };
        return new ClaimDecider(RunViews.Run, request, filter, "claim", context ?? CallContext.Empty, RunViews.Options).Decide(view, RunViews.Now);
    }
}
