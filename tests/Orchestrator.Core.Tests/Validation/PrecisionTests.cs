using Orchestrator.Core.Runs;
using Orchestrator.Core.Tests.Hosting;
using Orchestrator.Core.Tests.Runs;
using Orchestrator.Core.Validation;

namespace Orchestrator.Core.Tests.Validation;

/// <summary>Times and spans of requests are kept in whole microseconds, as every store keeps them.</summary>
public sealed class PrecisionTests
{
    private static readonly DateTimeOffset Exact = new(2026, 2, 3, 4, 5, 6, 789, TimeSpan.Zero);
    private static readonly DateTimeOffset Fine = Exact.AddTicks(9);
    private static readonly TimeSpan FineSpan = TimeSpan.FromHours(1) + new TimeSpan(9);

    [Fact]
    public async Task A_command_is_the_same_command_whether_its_times_have_digits_below_the_microsecond_or_not()
    {
        await using var host = new TestHost();
        var run = await host.StartAsync();
        var command = NewCommand.Pause(TestHost.Ada) with { Id = CommandId.Parse("c"), IssuedAt = Fine, ExpiresAt = Fine };

        var first = (await host.Commands.EnqueueAsync(run, command)).Value;
        var fine = (await host.Commands.EnqueueAsync(run, command)).Value;
        var exact = (await host.Commands.EnqueueAsync(run, command with { ExpiresAt = Exact.ToOffset(TimeSpan.FromHours(5)) })).Value;

        Assert.Equal((Exact, Exact), (first.Value.IssuedAt, first.Value.ExpiresAt));
        Assert.Equal((Effect.None, Effect.None), (fine.Effect, exact.Effect));
    }

    [Fact]
    public async Task An_idempotency_key_recognises_a_request_whether_its_times_have_digits_below_the_microsecond_or_not()
    {
        await using var host = new TestHost();
        var run = await host.StartAsync();
        var (snoozing, creating) = (new CallContext { IdempotencyKey = "s" }, new CallContext { IdempotencyKey = "c" });
        var until = host.Time.GetUtcNow().AddDays(1);
        var snooze = new SnoozeRequest { Until = until.AddTicks(9), Reason = "r", Actor = TestHost.Ada };
        var created = TestHost.NewRun() with { HealthPolicy = new HealthPolicy(StaleAfter: FineSpan) };

        _ = (await host.Runs.SnoozeAsync(run, snooze, snoozing)).Value;
        _ = (await host.Runs.CreateAsync(created, creating)).Value;

        var snoozed = (await host.Runs.SnoozeAsync(run, snooze with { Until = until }, snoozing)).Value;
        var again = (await host.Runs.CreateAsync(created with { HealthPolicy = new HealthPolicy(StaleAfter: TimeSpan.FromHours(1)) }, creating)).Value;
        Assert.Equal((Effect.Replayed, until), (snoozed.Effect, snoozed.Value.SnoozedUntil));
        Assert.Equal((Effect.Replayed, TimeSpan.FromHours(1)), (again.Effect, again.Value.HealthPolicy?.StaleAfter));
    }

    [Fact]
    public async Task A_span_that_is_added_to_a_time_has_whole_microseconds()
    {
        await using var host = new TestHost();
        var run = await host.StartAsync();

        var snoozed = (await host.Runs.SnoozeAsync(run, new SnoozeRequest { For = FineSpan, Reason = "r", Actor = TestHost.Ada })).Value.Value;

        Assert.Equal(host.Time.GetUtcNow().AddHours(1), snoozed.SnoozedUntil);
    }

    [Fact]
    public async Task A_list_is_filtered_by_whole_microseconds()
    {
        await using var host = new TestHost();
        await host.CreateAsync();
        var created = host.Time.GetUtcNow();

        Assert.Empty((await host.Runs.ListAsync(new RunFilter { CreatedBefore = created.AddTicks(9) })).Value.Items);
        Assert.Empty((await host.Runs.ListAsync(new RunFilter { CreatedAfter = created.AddTicks(9) })).Value.Items);
        Assert.Single((await host.Runs.ListAsync(new RunFilter { CreatedBefore = created.AddTicks(10) })).Value.Items);
    }

    [Fact]
    public void A_time_or_span_below_a_microsecond_is_none_and_is_refused_where_one_is_needed()
    {
        var command = Normal.Of(NewCommand.Pause(TestHost.Ada) with { ExpiresAt = new DateTimeOffset(9, TimeSpan.Zero) });
        var run = Normal.Of(TestHost.NewRun() with { HealthPolicy = new HealthPolicy(StaleAfter: new TimeSpan(9)) });

        Assert.Equal(default(DateTimeOffset), command.ExpiresAt);
        Assert.Equal("health_policy.stale_after", Errors.MembersOf(RunValidation.Check(run, CallContext.Empty)));
    }

    [Fact]
    public void A_negative_span_stays_negative() =>
        Assert.Equal(new TimeSpan(-1), Normal.Of(new SnoozeRequest { For = new TimeSpan(-1) }).For);

    [Fact]
    public void The_ends_of_time_are_kept() => Assert.Equal(
        DateTimeOffset.MaxValue.AddTicks(-9), Normal.Of(new NewCommand { ExpiresAt = DateTimeOffset.MaxValue }).ExpiresAt);

    [Fact]
    public void A_JSON_null_is_absent()
    {
        var run = Normal.Of(TestHost.NewRun() with { LaunchManifest = RunViews.Json("null"), Overrides = RunViews.Json("null") });

        Assert.Null(run.LaunchManifest);
        Assert.Null(run.Overrides);
        Assert.Null(Normal.Of(NewCommand.Pause(TestHost.Ada) with { Payload = RunViews.Json("null") }).Payload);
    }
}
