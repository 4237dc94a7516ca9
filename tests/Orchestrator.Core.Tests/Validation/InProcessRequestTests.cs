using Orchestrator.Core.Heartbeats;
using Orchestrator.Core.Tests.Heartbeats;
using Orchestrator.Core.Tests.Hosting;
using Orchestrator.Core.Tests.Runs;

namespace Orchestrator.Core.Tests.Validation;

/// <summary>What only a caller in process can ask, and no store or JSON carries exactly, is refused and is no exception.</summary>
public sealed class InProcessRequestTests
{
    private const long Exact = (1L << 53) - 1;
    private static readonly Heartbeat Beat = HeartbeatCases.Next;
    private static readonly NewRun NewRun = TestHost.NewRun();

    public static TheoryData<string, Heartbeat> Heartbeats => new()
    {
        { "", Beat with { Beat = Exact } },
        { "", Beat with { Beat = -Exact } },
        { "beat", Beat with { Beat = Exact + 1 } },
        { "beat", Beat with { Beat = -Exact - 1 } },
        { "beat", Beat with { Beat = long.MaxValue } },
        { "", Beat with { Metrics = One(new string('m', 256)) } },
        { "metrics", Beat with { Metrics = One(new string('m', 257)) } },
        { "metrics", Beat with { Metrics = One("") } },
        { "metrics", Beat with { Metrics = One("a\ud800") } },
        { "", Beat with { QueuedCommands = Ids(1_024) } },
        { "queued_commands", Beat with { QueuedCommands = Ids(1_025) } },
    };

    public static TheoryData<string, NewRun> Runs => new()
    {
        { "labels", NewRun with { Labels = null! } },
        { "requires", NewRun with { Requires = null! } },
        { "labels", NewRun with { Labels = new Dictionary<string, string> { ["a"] = null! } } },
        { "", NewRun with { LaunchManifest = RunViews.Json(Deep(31)) } },
        { "launch_manifest", NewRun with { LaunchManifest = RunViews.Json(Deep(32)) } },
        { "launch_manifest", NewRun with { LaunchManifest = default(System.Text.Json.JsonElement) } },
        { "health_policy.stale_after", NewRun with { HealthPolicy = new HealthPolicy(TimeSpan.MaxValue) } },
        { "health_policy.stalled_after", NewRun with { HealthPolicy = new HealthPolicy(StalledAfter: TimeSpan.MinValue) } },
    };

    public static TheoryData<string, NewCommand> Commands => new()
    {
        { "payload", Terminate("""{"reason":"x","reason":"y"}""") },
        { "payload", Terminate("""{"reason":"x","\ud800":1}""") },
        { "payload.reason", Terminate("""{"reason":"\ud800"}""") },
        { "payload", Terminate("""{"\ud800":1}""") },
        { "payload", Terminate("{}") with { Payload = default(System.Text.Json.JsonElement) } },
        { "expires_at", Terminate("""{"reason":"x"}""") with { ExpiresAt = default(DateTimeOffset) } },
        { "actor.id", Terminate("""{"reason":"x"}""") with { Actor = new Actor(ActorType.System, null!) } },
        { "actor.id", Terminate("""{"reason":"x"}""") with { Actor = new Actor(ActorType.System, "orchestrator") } },
        { "", Terminate("""{"reason":"x"}""") with { Actor = new Actor(ActorType.Operator, "orchestrator") } },
    };

    public static TheoryData<string, RunFilter> Filters => new()
    {
        { "state", new RunFilter { States = null! } },
        { "health", new RunFilter { Health = null! } },
        { "experiment_id", new RunFilter { Experiments = null! } },
        { "label", new RunFilter { Labels = null! } },
        { "label", new RunFilter { Labels = [new("a:b", "c")] } },
        { "label", new RunFilter { Labels = [new("a", "\ud800")] } },
    };

    [Theory]
    [MemberData(nameof(Heartbeats))]
    public void A_heartbeat(string members, Heartbeat heartbeat) => Assert.Equal(members, Errors.MembersOf(HeartbeatValidation.Check(heartbeat, 0)));

    [Theory]
    [MemberData(nameof(Runs))]
    public async Task A_new_run(string members, NewRun request)
    {
        await using var host = new TestHost();

        Assert.Equal(members, Errors.MembersOf((await host.Runs.CreateAsync(request)).Refusal));
    }

    [Theory]
    [MemberData(nameof(Commands))]
    public async Task A_command(string members, NewCommand request)
    {
        await using var host = new TestHost();
        var run = await host.StartAsync();

        Assert.Equal(members, Errors.MembersOf((await host.Commands.EnqueueAsync(run, request)).Refusal));
    }

    [Theory]
    [MemberData(nameof(Filters))]
    public async Task A_filter(string members, RunFilter filter)
    {
        await using var host = new TestHost();

        Assert.Equal(members, Errors.MembersOf((await host.Runs.ListAsync(filter)).Refusal));
    }

    [Fact]
    public async Task Long_text_of_a_worker_is_cut_also_without_HTTP()
    {
        await using var host = new TestHost();
        var run = await host.StartAsync();
        var (text, kept) = (new string('n', 30_000), new string('n', 4_095) + "…");
        var next = new Heartbeat { RunId = run, Status = RuntimeStatus.Paused, Step = 9_000, CheckpointVersion = 9_000, Notes = text };

        Assert.Equal(kept, (await host.Heartbeats.ReportAsync(run, next)).Value.Run.StatusMessage);
        Assert.Equal(kept, (await host.Heartbeats.ReportAsync([next with { Status = RuntimeStatus.Running }]))[0].Value.Run.StatusMessage);
        var request = new TransitionRequest { To = RunState.Failed, Actor = TestHost.Ada, StatusMessage = text };
        Assert.Equal(kept, (await host.Runs.TransitionAsync(run, request)).Value.Value.StatusMessage);
    }

    [Fact]
    public async Task A_claim_without_its_maps()
    {
        await using var host = new TestHost();

        Assert.Equal("labels offers", Errors.MembersOf((await host.Runs.ClaimAsync(new ClaimRequest { WorkerId = "w", Labels = null!, Offers = null! })).Refusal));
    }

    [Fact]
    public async Task A_final_report_has_the_limits_of_a_heartbeat()
    {
        await using var host = new TestHost();
        var run = await host.StartAsync();
        var request = new TransitionRequest { To = RunState.Completed, Actor = TestHost.Ada, Final = new FinalReport { Metrics = One("") } };

        Assert.Equal("final.metrics", Errors.MembersOf((await host.Runs.TransitionAsync(run, request)).Refusal));
    }

    [Fact]
    public async Task A_heartbeat_of_a_batch_that_is_null_fails_alone()
    {
        await using var host = new TestHost();
        var run = await host.CreateAsync();

        var results = await host.Heartbeats.ReportAsync([null!, TestHost.Beat(run)]);

        Assert.Equal("heartbeats", Errors.MembersOf(results[0].Refusal));
        Assert.Null(results[1].Refusal);
    }

    [Fact]
    public async Task A_caller_whose_name_no_store_keeps()
    {
        await using var host = new TestHost();
        var run = await host.StartAsync();
        var context = new CallContext { Principal = "a\0" };

        Assert.Equal("principal", Errors.MembersOf((await host.Runs.TransitionAsync(run, new TransitionRequest { To = RunState.Failed }, context)).Refusal));
        Assert.Equal("principal", Errors.MembersOf((await host.Runs.CreateAsync(NewRun, new CallContext { Principal = "\ud800" })).Refusal));
    }

    [Fact]
    public async Task A_number_too_large_for_a_double_is_no_value_of_a_tunable_without_bounds()
    {
        await using var host = new TestHost(configure: options => options.Tunables.Add("any", double.NegativeInfinity, double.PositiveInfinity));
        var run = await host.StartAsync();
        var tune = new NewCommand { Type = CommandType.Tune, Actor = TestHost.Ada, Payload = RunViews.Json("""{"any":1e400}""") };

        Assert.Equal("payload.any", Errors.MembersOf((await host.Commands.EnqueueAsync(run, tune)).Refusal));
    }

    [Fact]
    public async Task A_snooze_ends_within_366_days()
    {
        await using var host = new TestHost();
        var run = await host.StartAsync();
        var limit = host.Time.GetUtcNow().AddDays(366);
        var request = new SnoozeRequest { Reason = "r", Actor = TestHost.Ada };

        Assert.Equal(limit, (await host.Runs.SnoozeAsync(run, request with { Until = limit })).Value.Value.SnoozedUntil);
        Assert.Equal("until", Errors.MembersOf((await host.Runs.SnoozeAsync(run, request with { Until = limit.AddTicks(10) })).Refusal));
        Assert.Equal("until", Errors.MembersOf((await host.Runs.SnoozeAsync(run, request with { Until = DateTimeOffset.MaxValue })).Refusal));
    }

    [Fact]
    public async Task An_id_that_is_none_names_nothing()
    {
        await using var host = new TestHost();
        var run = await host.StartAsync();

        Assert.Equal(
            [RefusalCode.RunNotFound, RefusalCode.RunNotFound, RefusalCode.RunNotFound, RefusalCode.RunNotFound, RefusalCode.RunNotFound, RefusalCode.RunNotFound],
            [
                (await host.Runs.GetAsync(default)).Refusal?.Code,
                (await host.Runs.TransitionAsync(default, new TransitionRequest { To = RunState.Failed, Actor = TestHost.Ada })).Refusal?.Code,
                (await host.Commands.NextAsync(default)).Refusal?.Code,
                (await host.Engine.Audit.ListAsync(default)).Refusal?.Code,
                (await host.Engine.Audit.VerifyAsync(default)).Refusal?.Code,
                (await host.Engine.SubscribeAsync(new EventSubscription { Run = default(RunId) })).Refusal?.Code,
            ]);
        Assert.Equal(RefusalCode.CommandNotFound, (await host.Commands.GetAsync(run, default)).Refusal?.Code);
        Assert.Equal(RefusalCode.CommandNotFound, (await host.Commands.AcknowledgeAsync(run, default, new Acknowledgement())).Refusal?.Code);
    }

    [Fact]
    public async Task A_subscription_to_types_that_are_none()
    {
        await using var host = new TestHost();

        Assert.Equal("types", Errors.MembersOf((await host.Engine.SubscribeAsync(new EventSubscription { Types = null! })).Refusal));
        Assert.Equal("types", Errors.MembersOf((await host.Engine.SubscribeAsync(new EventSubscription { Types = [(EventType)999] })).Refusal));
    }

    private static NewCommand Terminate(string payload) => new() { Type = CommandType.Terminate, Actor = TestHost.Ada, Payload = RunViews.Json(payload) };

    private static Dictionary<string, double> One(string name) => new() { [name] = 1 };

    private static CommandId[] Ids(int count) => [.. Enumerable.Range(0, count).Select(i => CommandId.Parse($"c{i}"))];

    /// <summary>An object of so many levels.</summary>
    private static string Deep(int levels) => $$"""{"a":{{new string('[', levels - 1)}}{{new string(']', levels - 1)}}}""";
}
