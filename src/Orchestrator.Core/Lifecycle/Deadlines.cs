using Orchestrator.Core.Health;

namespace Orchestrator.Core.Lifecycle;

/// <summary>When a run wants attention although nobody asks for it: the terms of <see cref="RunHead.NextDue"/>.</summary>
/// <param name="At">See <see cref="RunHead.DueAt"/>.</param>
/// <param name="Silence">See <see cref="RunHead.DueAfterSilence"/>.</param>
/// <param name="Standstill">See <see cref="RunHead.DueAfterStandstill"/>.</param>
internal readonly record struct Deadlines(DateTimeOffset? At, TimeSpan? Silence, TimeSpan? Standstill)
{
    /// <summary>The deadlines of a run as drafted.</summary>
    public static Deadlines Of(RunDraft draft, OrchestratorOptions options)
    {
        if (draft.State.IsTerminal())
        {
            return default;
        }

        var deadlines = Expiry(draft);
        deadlines = draft.State == RunState.Terminating ? deadlines.OrTermination(draft, options.Commands) : deadlines;
        if (draft.SnoozedUntil is { } until && until > draft.Now)
        {
            return draft.State == RunState.Queued ? deadlines : deadlines with { At = Earlier(deadlines.At, until) };
        }

        return draft.State == RunState.Provisioning ? deadlines with { Silence = options.Health.StartTimeout }
            : Liveness.IsWatched(draft.State) ? deadlines.OrHealth(draft, Thresholds.Of(draft.HealthPolicy, options.Health))
            : deadlines;
    }

    /// <summary>
    /// When a terminating run is no longer waited for: a grace after the later of its acceptance and the last sign of life, and at
    /// the latest a limit after its acceptance.
    /// </summary>
    /// <param name="head">The run.</param>
    /// <param name="progress">Its progress.</param>
    /// <param name="since">Since when its signs of life could have been noticed.</param>
    /// <param name="options">Grace and limit.</param>
    public static DateTimeOffset? EndOfTermination(RunHead head, RunProgress progress, DateTimeOffset since, CommandOptions options)
    {
        if (head is not { State: RunState.Terminating, Termination: { } termination })
        {
            return null;
        }

        var sign = head.LastSign(progress);
        sign = sign > termination.AcceptedAt ? sign : termination.AcceptedAt;
        sign = sign > since ? sign : since;
        return Earlier(sign + options.TerminateGrace, termination.AcceptedAt + options.TerminateLimit);
    }

    private static Deadlines Expiry(RunDraft draft)
    {
        DateTimeOffset? at = null;
        foreach (var command in draft.Live)
        {
            if (command.Status == CommandStatus.Pending)
            {
                at = Earlier(at, command.ExpiresAt);
            }
        }

        return new(at, null, null);
    }

    private Deadlines OrTermination(RunDraft draft, CommandOptions options) => this with
    {
        At = Earlier(At, draft.Termination?.AcceptedAt + options.TerminateLimit),
        Silence = options.TerminateGrace,
    };

    private Deadlines OrHealth(RunDraft draft, Thresholds thresholds) => draft.Health switch
    {
        HealthStatus.HeartbeatStale => this with { Silence = Shorter(Silence, thresholds.Unresponsive) },
        HealthStatus.Unresponsive => this with { At = Earlier(At, draft.PolicyDueAt) },
        HealthStatus.Healthy when draft.State == RunState.Running =>
            this with { Silence = Shorter(Silence, thresholds.Stale), Standstill = thresholds.Stalled },
        _ => this with { Silence = Shorter(Silence, thresholds.Stale) },
    };

    private static DateTimeOffset? Earlier(DateTimeOffset? one, DateTimeOffset? other) => other is null || one <= other ? one : other;

    private static TimeSpan Shorter(TimeSpan? one, TimeSpan other) => one < other ? one.Value : other;
}
