using Orchestrator.Core.Runs;
using Orchestrator.Core.Tests.Validation;

namespace Orchestrator.Core.Tests.Runs;

public sealed class RunValidationTests
{
    private static readonly NewRun Run = new() { ExperimentId = ExperimentId.Parse("e"), VersionId = VersionId.Parse("v") };
    private static readonly TransitionRequest Transition = new() { To = RunState.Failed, Actor = RunViews.Ada };
    private static readonly AttemptRequest Attempt = new() { Actor = RunViews.Ada };
    private static readonly ClaimRequest Claim = new() { WorkerId = "w" };
    private static readonly CallContext BadKey = new() { IdempotencyKey = "" };

    public static TheoryData<string, NewRun> Runs => new()
    {
        { "", Run },
        { "", Run with { Id = RunViews.Run, LaunchManifest = RunViews.Json("{}"), Overrides = RunViews.Json("{}"), CreatedBy = Long(256), Priority = int.MinValue } },
        { "", Run with { HealthPolicy = new HealthPolicy(TimeSpan.FromTicks(1), TimeSpan.FromTicks(2), TimeSpan.Zero) } },
        { "", Run with { HealthPolicy = new HealthPolicy() } },
        { "experiment_id version_id", new NewRun() },
        { "id", Run with { Id = default(RunId) } },
        { "launch_manifest", Run with { LaunchManifest = RunViews.Json("[]") } },
        { "overrides", Run with { Overrides = RunViews.Json("null") } },
        { "labels", Run with { Labels = new Dictionary<string, string> { ["a:b"] = "" } } },
        { "created_by", Run with { CreatedBy = Long(257) } },
        { "health_policy.stale_after", Run with { HealthPolicy = new HealthPolicy(StaleAfter: TimeSpan.Zero) } },
        { "health_policy.unresponsive_after", Run with { HealthPolicy = new HealthPolicy(UnresponsiveAfter: TimeSpan.Zero) } },
        { "health_policy.unresponsive_after", Run with { HealthPolicy = new HealthPolicy(TimeSpan.FromSeconds(9), TimeSpan.FromSeconds(9)) } },
        { "health_policy.stalled_after", Run with { HealthPolicy = new HealthPolicy(StalledAfter: TimeSpan.FromTicks(-1)) } },
        { "experiment_id labels labels launch_manifest version_id", new NewRun { LaunchManifest = RunViews.Json("1"), Labels = new Dictionary<string, string> { [""] = "\0" } } },
    };

    public static TheoryData<string, TransitionRequest> Transitions => new()
    {
        { "", Transition },
        { "", Transition with { Reason = Long(1_024), StatusMessage = Long(4_096), Attempt = -1 } },
        { "", Transition with { Final = new FinalReport { Step = 0, CheckpointVersion = 0, SamplesPerSec = double.NaN, Loss = double.NaN, CheckpointUri = Long(2_048) } } },
        { "actor to_state", new TransitionRequest() },
        { "to_state", Transition with { To = (RunState)10 } },
        { "actor.id", Transition with { Actor = RunViews.Ada with { Id = "" } } },
        { "reason", Transition with { Reason = Long(1_025) } },
        { "status_message", Transition with { StatusMessage = Long(4_097) } },
        { "final.step", Transition with { Final = new FinalReport { Step = -1 } } },
        { "final.checkpoint_version", Transition with { Final = new FinalReport { CheckpointVersion = 1L << 53 } } },
        { "final.samples_per_sec", Transition with { Final = new FinalReport { SamplesPerSec = -1 } } },
        { "final.checkpoint_uri", Transition with { Final = new FinalReport { CheckpointUri = Long(2_049) } } },
    };

    public static TheoryData<string, AttemptRequest> Attempts => new()
    {
        { "", Attempt },
        { "", Attempt with { Reason = Long(1_024), WorkerId = Long(256), ResumeFrom = new ResumeFrom(0, (1L << 53) - 1), ExpectedAttempt = -1 } },
        { "actor", new AttemptRequest() },
        { "reason", Attempt with { Reason = Long(1_025) } },
        { "worker_id", Attempt with { WorkerId = "" } },
        { "worker_id", Attempt with { WorkerId = Long(257) } },
        { "resume_from.checkpoint_version resume_from.step", Attempt with { ResumeFrom = new ResumeFrom(-1, 1L << 53) } },
    };

    public static TheoryData<string, ClaimRequest> Claims => new()
    {
        { "", Claim },
        { "", Claim with { WorkerId = Long(256), Wait = TimeSpan.FromSeconds(60), Labels = new Dictionary<string, string> { ["a"] = "b" } } },
        { "worker_id", new ClaimRequest() },
        { "worker_id", Claim with { WorkerId = null! } },
        { "worker_id", Claim with { WorkerId = Long(257) } },
        { "labels", Claim with { Labels = new Dictionary<string, string> { [""] = "b" } } },
        { "wait", Claim with { Wait = TimeSpan.FromSeconds(61) } },
        { "wait worker_id", new ClaimRequest { Wait = TimeSpan.FromTicks(-1) } },
    };

    public static TheoryData<string, RunFilter, int> Filters => new()
    {
        { "", new RunFilter(), 1 },
        { "", new RunFilter { States = [RunState.Queued], Health = [HealthStatus.Stalled], Labels = [new("a", "")] }, 500 },
        { "limit", new RunFilter(), 0 },
        { "limit", new RunFilter(), 501 },
        { "state", new RunFilter { States = [RunState.Queued, default] }, 1 },
        { "health", new RunFilter { Health = [(HealthStatus)5] }, 1 },
        { "experiment_id", new RunFilter { Experiments = [default] }, 1 },
        { "label", new RunFilter { Labels = [new("", "b")] }, 1 },
        { "label", new RunFilter { Labels = [new("a", null!)] }, 1 },
        { "health label limit state", new RunFilter { States = [default], Health = [default], Labels = [default] }, -1 },
    };

    [Theory]
    [MemberData(nameof(Runs))]
    public void A_new_run_is_checked_member_by_member(string members, NewRun request) => Check(members, context => RunValidation.Check(request, context));

    [Theory]
    [MemberData(nameof(Transitions))]
    public void A_transition_is_checked_member_by_member(string members, TransitionRequest request) => Check(members, context => RunValidation.Check(request, context));

    [Theory]
    [MemberData(nameof(Attempts))]
    public void An_attempt_is_checked_member_by_member(string members, AttemptRequest request) => Check(members, context => RunValidation.Check(request, context));

    [Theory]
    [MemberData(nameof(Claims))]
    public void A_claim_is_checked_member_by_member(string members, ClaimRequest request) => Check(members, context => RunValidation.Check(request, context));

    [Theory]
    [MemberData(nameof(Filters))]
    public void A_filter_is_checked_member_by_member(string members, RunFilter filter, int limit) =>
        Assert.Equal(members, Errors.MembersOf(RunValidation.Check(filter, limit)));

    [Fact]
    public void An_authenticated_caller_need_not_name_an_actor()
    {
        var context = new CallContext { Principal = "ada" };

        Assert.Null(RunValidation.Check(Transition with { Actor = null }, context));
        Assert.Null(RunValidation.Check(Attempt with { Actor = null }, context));
    }

    /// <summary>Checks the members at fault, and that a bad idempotency key is listed with them.</summary>
    private static void Check(string members, Func<CallContext, Refusal?> check)
    {
        Assert.Equal(members, Errors.MembersOf(check(CallContext.Empty)));
        Assert.Equal($"Idempotency-Key {members}".TrimEnd(), Errors.MembersOf(check(BadKey)));
    }

    private static string Long(int length) => new('x', length);
}
