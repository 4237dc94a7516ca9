using Orchestrator.Core.Runs;
using Orchestrator.Core.Sealing;
using Orchestrator.Core.Storage;
using Orchestrator.Storage;

namespace Orchestrator.Core.Tests.Runs;

public sealed class CreateDeciderTests
{
    private static readonly NewRun Request = new()
    {
        Id = RunViews.Run,
        ExperimentId = ExperimentId.Parse("e"),
        VersionId = VersionId.Parse("v"),
        LaunchManifest = RunViews.Json("""{"lr":1.0,"layers":[1,2],"name":"a"}"""),
        Overrides = RunViews.Json("""{"seed":7}"""),
        Labels = new Dictionary<string, string> { ["team"] = "nlp", ["gpu"] = "a" },
        Priority = 3,
        HealthPolicy = new HealthPolicy(StaleAfter: TimeSpan.FromSeconds(9)),
        CreatedBy = "ada",
    };

    public static TheoryData<string, NewRun> Same => new()
    {
        { "itself", Request },
        { "labels in another order", Request with { Labels = new Dictionary<string, string> { ["gpu"] = "a", ["team"] = "nlp" } } },
        { "another policy of the same values", Request with { HealthPolicy = new HealthPolicy(StaleAfter: TimeSpan.FromSeconds(9)) } },
        { "members in another order", Request with { LaunchManifest = RunViews.Json("""{"name":"a","layers":[1,2],"lr":1.0}""") } },
        { "other white space and escapes", Request with { LaunchManifest = RunViews.Json(""" { "lr" : 1.0, "layers" : [ 1, 2 ], "name" : "\u0061" } """) } },
        { "numbers of the same value", Request with { LaunchManifest = RunViews.Json("""{"lr":1,"layers":[1.0,20e-1],"name":"a"}""") } },
    };

    public static TheoryData<string, NewRun> Other => new()
    {
        { "experiment", Request with { ExperimentId = ExperimentId.Parse("e2") } },
        { "version", Request with { VersionId = VersionId.Parse("v2") } },
        { "manifest value", Request with { LaunchManifest = RunViews.Json("""{"lr":1.0000000000000000000001,"layers":[1,2],"name":"a"}""") } },
        { "manifest array order", Request with { LaunchManifest = RunViews.Json("""{"lr":1.0,"layers":[2,1],"name":"a"}""") } },
        { "manifest without a member", Request with { LaunchManifest = RunViews.Json("""{"lr":1.0,"layers":[1,2]}""") } },
        { "manifest with text for a number", Request with { LaunchManifest = RunViews.Json("""{"lr":"1.0","layers":[1,2],"name":"a"}""") } },
        { "overrides", Request with { Overrides = RunViews.Json("{}") } },
        { "label value", Request with { Labels = new Dictionary<string, string> { ["team"] = "nlp", ["gpu"] = "b" } } },
        { "label key", Request with { Labels = new Dictionary<string, string> { ["team"] = "nlp", ["cpu"] = "a" } } },
        { "fewer labels", Request with { Labels = new Dictionary<string, string> { ["team"] = "nlp" } } },
        { "more labels", Request with { Labels = new Dictionary<string, string> { ["team"] = "nlp", ["gpu"] = "a", ["x"] = "y" } } },
        { "priority", Request with { Priority = 4 } },
        { "health policy", Request with { HealthPolicy = null } },
        { "creator", Request with { CreatedBy = "bob" } },
    };

    [Fact]
    public void A_new_run_is_queued_in_its_first_attempt()
    {
        var change = Decide(null, Request).Change!;

        Assert.Equal(
            new RunHead
            {
                Id = RunViews.Run,
                ExperimentId = Request.ExperimentId,
                VersionId = Request.VersionId,
                Labels = Request.Labels,
                Priority = 3,
                HealthPolicy = Request.HealthPolicy,
                CreatedBy = "ada",
                Fingerprint = RequestHash.Of(Request with { Id = null }),
                CreatedAt = RunViews.Now,
                ChangedAt = RunViews.Now,
                State = RunState.Queued,
                Attempt = 1,
                Health = HealthStatus.Healthy,
                Events = 1,
                Transitions = 1,
                Revision = 1,
            },
            change.Head);
        Assert.Equal(RunProgress.None, change.Progress);
        Assert.Equal(new RunManifest(Request.LaunchManifest!.Value, Request.Overrides!.Value), change.Manifest);
        Assert.Equal([new StateTransition(1, null, RunState.Queued, "ada", null, 1, RunViews.Now)], change.Transitions);
    }

    [Fact]
    public void Creation_tells_of_the_run_and_of_no_change_of_state() =>
        Assert.Equal(
            [new RunEvent(1, EventType.RunCreated, RunViews.Now, RunViews.Run, 1, new RunCreatedData(Request.ExperimentId, Request.VersionId, "ada"))],
            Decide(null, Request).Change!.Events);

    [Fact]
    public void A_run_of_nobody_is_created_by_the_orchestrator() =>
        Assert.Equal("orchestrator", Assert.Single(Decide(null, Request with { CreatedBy = null }).Change!.Transitions).ChangedBy);

    [Theory]
    [InlineData("ada", null, "ada", null)]
    [InlineData("ada", "grace", "grace", "ada")]
    [InlineData("grace", "grace", "grace", null)]
    [InlineData(null, null, "orchestrator", null)]
    public void Creation_is_audited_with_the_caller_as_its_actor_and_the_bodys_creator_beside_it(
        string? named, string? principal, string actor, string? onBehalfOf)
    {
        var decision = Decide(null, Request with { CreatedBy = named }, principal);

        Assert.Equal(new AuditAction("operator", actor, "run.create", onBehalfOf), decision.Audit);
        Assert.Equal(principal ?? named, decision.Change!.Head.CreatedBy);
        Assert.Equal(actor, Assert.Single(decision.Change.Transitions).ChangedBy);
        Assert.Equal(principal ?? named, Assert.IsType<RunCreatedData>(Assert.Single(decision.Change.Events).Data).CreatedBy);
    }

    [Fact]
    public void The_same_request_of_another_caller_is_a_conflict()
    {
        var existing = Existing("grace");

        Assert.Equal(Effect.None, Changes.Unchanged(Decide(existing, Request, "grace")));
        Changes.Refused(RefusalCode.RunIdConflict, Decide(existing, Request, "linus"));
        Changes.Refused(RefusalCode.RunIdConflict, Decide(existing, Request with { CreatedBy = "grace" }, "grace"));
    }

    [Theory]
    [MemberData(nameof(Same))]
    public void The_same_content_answers_the_run_that_exists(string content, NewRun request)
    {
        Assert.Equal((content, Effect.None), (content, Changes.Unchanged(Decide(Existing(), request))));
        Assert.Equal((content, Effect.None), (content, Changes.Unchanged(Decide(FromBeforeFingerprints(), request))));
    }

    [Theory]
    [MemberData(nameof(Other))]
    public void Other_content_is_a_conflict(string content, NewRun request)
    {
        Assert.Equal((content, RefusalCode.RunIdConflict), (content, Changes.Refused(RefusalCode.RunIdConflict, Decide(Existing(), request)).Code));
        Assert.Equal(
            (content, RefusalCode.RunIdConflict), (content, Changes.Refused(RefusalCode.RunIdConflict, Decide(FromBeforeFingerprints(), request)).Code));
    }

    [Fact]
    public void An_id_that_was_derived_is_no_part_of_what_was_asked_for()
    {
        var change = Decide(null, Request with { Id = null }).Change!;
        var existing = new RunView(change.Head, change.Progress!, []) { Manifest = change.Manifest };

        Assert.Equal(Effect.None, Changes.Unchanged(Decide(existing, Request)));
    }

    [Fact]
    public void What_edits_made_of_the_run_does_not_count()
    {
        var edited = Existing().With(head => head with { Priority = 9, Labels = new Dictionary<string, string>(), HealthPolicy = null });

        Assert.Equal(Effect.None, Changes.Unchanged(Decide(edited, Request)));
    }

    [Fact]
    public void What_became_of_the_run_since_does_not_count()
    {
        var moved = Existing().With(head => head with { State = RunState.Running, Attempt = 3, WorkerId = "w", Tuned = new Dictionary<string, TunedValue> { ["a"] = new(1, 1) } });

        Assert.Equal(Effect.None, Changes.Unchanged(Decide(moved, Request)));
    }

    private static RunView FromBeforeFingerprints() => Existing().With(head => head with { Fingerprint = null });

    private static RunView Existing(string? principal = null)
    {
        var change = Decide(null, Request, principal).Change!;
        return new RunView(change.Head, change.Progress!, []) { Manifest = change.Manifest };
    }

    private static Decision<Effect> Decide(RunView? view, NewRun request, string? principal = null) =>
        new CreateDecider(RunViews.Run, request, principal, RunViews.Options).Decide(view, RunViews.Now);
}
