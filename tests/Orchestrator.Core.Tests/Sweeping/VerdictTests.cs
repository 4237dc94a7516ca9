using Orchestrator.Core.Lifecycle;
using Orchestrator.Core.Sweeping;
using Orchestrator.Core.Tests.Runs;
using Orchestrator.Storage;

namespace Orchestrator.Core.Tests.Sweeping;

/// <summary>What a sweep concludes of a run, in every situation, against the words of the contract.</summary>
public sealed class VerdictTests
{
    private static readonly DateTimeOffset Now = RunViews.Now;

    // Nothing but silence and standstill ends a run here.
    private static readonly OrchestratorOptions Options = new()
    {
        Commands = { TerminateGrace = TimeSpan.FromDays(1), TerminateLimit = TimeSpan.FromDays(2) },
        Health = { StartTimeout = TimeSpan.FromDays(1) },
    };

    private static readonly HealthPolicy?[] Policies =
    [
        null,
        new HealthPolicy(TimeSpan.FromSeconds(60), TimeSpan.FromSeconds(90), TimeSpan.FromSeconds(50)),
        new HealthPolicy(StalledAfter: TimeSpan.Zero),
        new HealthPolicy(StaleAfter: TimeSpan.FromSeconds(200)),
    ];

    [Theory]
    [InlineData(true, false)]
    [InlineData(false, false)]
    [InlineData(false, true)]
    public void Every_situation_is_judged_as_the_contract_tells(bool isBeat, bool isDueAnyway)
    {
        var situations =
            from state in RunViews.States
            from before in Enum.GetValues<HealthStatus>()
            from silence in new[] { 0, 44.9999999, 45, 59.9999999, 60, 89.9999999, 90, 134.9999999, 135, 199.9999999, 200, 10_000 }
            from standstill in new double?[] { null, 49.9999999, 50, 51, 1_799.9999999, 1_800, 1_801 }
            from snoozedFor in new double?[] { null, -1, 0, 0.0000001 }
            from watchedFor in new[] { 44.9999999, 45, 89.9999999, 134.9999999, 135, 1_800, 1_000_000 }
            from policy in Policies
            select new Situation(state, before, silence, standstill, snoozedFor, watchedFor, policy);

        foreach (var situation in situations)
        {
            var expected = situation.Verdict(isBeat ? situation.Silence : situation.Silence + 1);
            var change = Sweep(situation, isBeat, isDueAnyway);
            Assert.True(Marks(situation, expected).SequenceEqual(Marks(change)), $"{situation} must become {expected}, and told {string.Join(", ", Marks(change))}");
        }
    }

    private static RunChange? Sweep(Situation situation, bool isBeat, bool isDueAnyway)
    {
        var sign = Ago(situation.Silence);
        var view = RunViews.In(situation.State)
            .With(head => head with
            {
                Health = situation.Before,
                HealthPolicy = situation.Policy,
                LastSignAt = isBeat ? null : sign,
                SnoozedUntil = situation.SnoozedFor is { } time ? Ago(-time) : null,
            })
            .WithProgress(progress => progress with
            {
                LastHeartbeatAt = isBeat ? sign : sign.AddSeconds(-1),
                AdvancedAt = situation.Standstill is { } standstill ? Ago(standstill) : null,
            });

        // As the engine left it when it was last changed.
        var head = new RunDraft(view, Now.AddSeconds(-2), Options).Build().Head;
        var observation = new Observation(Ago(situation.WatchedFor), Now);
        head = isDueAnyway ? head with { DueAt = Now } : head;
        return new DueDecider(RunViews.Run, observation, Options).Decide(view with { Head = head }, Now).Change;
    }

    private static string[] Marks(Situation situation, HealthStatus after)
    {
        if (after == situation.Before)
        {
            return [];
        }

        string[] marks = after == HealthStatus.Unresponsive && situation.Before != HealthStatus.HeartbeatStale
            ? ["HeartbeatStale", "Unresponsive"]
            : [after.ToString()];
        return after == HealthStatus.Unresponsive && situation.State != RunState.Terminating ? [.. marks, "recommended"] : marks;
    }

    private static string[] Marks(RunChange? change) => change is null
        ? []
        : [.. change.Events.Select(told => told.Data switch
        {
            HealthChangedData health => health.To.ToString(),
            TerminateRecommendedData => "recommended",
            _ => told.Type.ToString(),
        })];

    private static DateTimeOffset Ago(double seconds) => Now.AddTicks(-(long)Math.Round(seconds * TimeSpan.TicksPerSecond));

    /// <param name="State">Where the run is in its life.</param>
    /// <param name="Before">What was concluded before.</param>
    /// <param name="Silence">How long ago its last sign of life was, in seconds.</param>
    /// <param name="Standstill">How long ago it last advanced; null while its step is 0.</param>
    /// <param name="SnoozedFor">How long it is still given; null when nobody gave it time.</param>
    /// <param name="WatchedFor">How long ago the orchestrator recovered.</param>
    /// <param name="Policy">Its own thresholds.</param>
    private sealed record Situation(
        RunState State, HealthStatus Before, double Silence, double? Standstill, double? SnoozedFor, double WatchedFor, HealthPolicy? Policy)
    {
        /// <param name="heardBefore">How long ago its last heartbeat was.</param>
        public HealthStatus Verdict(double heardBefore)
        {
            var isWatched = State is RunState.Running or RunState.Paused or RunState.Terminating or RunState.Errored;
            var isInGrace = WatchedFor < 45;
            if (!isWatched || isInGrace || SnoozedFor > 0)
            {
                return Before;
            }

            var stale = Policy?.StaleAfter?.TotalSeconds ?? 45;
            var unresponsive = Math.Max(stale, Policy?.UnresponsiveAfter?.TotalSeconds ?? 135);
            var stalled = Policy?.StalledAfter?.TotalSeconds ?? 1_800;
            var silence = Math.Min(Silence, WatchedFor);
            if (Before == HealthStatus.Unresponsive || silence >= unresponsive)
            {
                return HealthStatus.Unresponsive;
            }

            if (Before == HealthStatus.HeartbeatStale || silence >= stale)
            {
                return HealthStatus.HeartbeatStale;
            }

            var standsStill = State == RunState.Running && stalled > 0 && Standstill is { } standstill && Math.Min(standstill, WatchedFor) - heardBefore >= stalled;
            return standsStill ? HealthStatus.Stalled : Before;
        }
    }
}
