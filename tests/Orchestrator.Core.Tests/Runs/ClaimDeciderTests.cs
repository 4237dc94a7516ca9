using Orchestrator.Core.Heartbeats;
using Orchestrator.Core.Runs;
using Orchestrator.Core.Storage;
using Orchestrator.Core.Tests.Heartbeats;
using Orchestrator.Storage;

namespace Orchestrator.Core.Tests.Runs;

public sealed class ClaimDeciderTests
{
    public static TheoryData<RunState> Taken => new(RunViews.States.Where(state => state != RunState.Queued));

    [Fact]
    public void A_queued_run_goes_to_the_worker()
    {
        var view = RunViews.In(RunState.Queued, RunViews.Command(1, CommandType.Pause));

        var decision = Decide(view);
        var change = Changes.Of(view, decision);

        Assert.Equal(Effect.Done, decision.Answer);
        Assert.Equal([new StateTransition(6, RunState.Queued, RunState.Provisioning, "w-1", "claimed", RunViews.Attempt, RunViews.Now)], change.Transitions);
        Assert.Equal(("w-1", true, RunViews.Attempt), (change.Head.WorkerId, change.Head.Claimed, change.Head.Attempt));
        Assert.Equal([EventType.RunStateChanged], Changes.EventTypes(change));
        Assert.Null(change.Progress);
        Assert.Empty(change.Commands);
        Assert.Null(change.Head.StartedAt);
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
    public void A_run_in_any_other_state_goes_to_nobody(RunState state) => Changes.Refused(RefusalCode.RunNotFound, Decide(RunViews.In(state)));

    [Fact]
    public void A_run_that_the_worker_holds_without_a_heartbeat_yet_is_handed_to_it_again()
    {
        var held = RunViews.In(RunState.Provisioning).With(head => head with { WorkerId = "w-1" }).WithProgress(_ => RunProgress.None);

        Assert.Equal(Effect.None, Changes.Unchanged(Decide(held)));
        Changes.Refused(RefusalCode.RunNotFound, Decide(held.With(head => head with { WorkerId = "w-2" })));
        Changes.Refused(RefusalCode.RunNotFound, Decide(held.WithProgress(_ => new RunProgress { LastHeartbeatAt = RunViews.Now })));
    }

    [Theory]
    [InlineData("pool", "gpu", true)]
    [InlineData("pool", "cpu", false)]
    [InlineData("zone", "gpu", false)]
    public void A_run_that_the_worker_holds_is_handed_to_it_again_only_with_the_labels_that_it_asks_for(string key, string value, bool isHanded)
    {
        var held = RunViews.In(RunState.Provisioning)
            .With(head => head with { WorkerId = "w-1", Labels = new Dictionary<string, string> { ["pool"] = "gpu", ["team"] = "vision" } })
            .WithProgress(_ => RunProgress.None);

        var decision = Decide(held, new Dictionary<string, string> { [key] = value });

        Assert.Equal(isHanded ? null : RefusalCode.RunNotFound, decision.Refusal?.Code);
    }

    [Fact]
    public void A_run_that_is_gone_goes_to_nobody() => Changes.Refused(RefusalCode.RunNotFound, Decide(null));

    private static Decision<Effect> Decide(RunView? view, Dictionary<string, string>? labels = null) =>
        new ClaimDecider(RunViews.Run, new ClaimRequest { WorkerId = "w-1", Labels = labels ?? [] }, RunViews.Options).Decide(view, RunViews.Now);
}
