using Orchestrator.Storage;

namespace Orchestrator.Core.Tests.Heartbeats;

/// <summary>What contract section 2 promises for a heartbeat of the right shape, written down plainly and apart from the engine.</summary>
internal static class HeartbeatOracle
{
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(4.5);

    /// <summary>What is expected of one heartbeat.</summary>
    /// <param name="Answer"><c>accepted</c>, <c>duplicate</c>, or the code of the refusal.</param>
    /// <param name="Details">The details of the refusal, as text.</param>
    /// <param name="Head">The head afterwards, apart from when it is due; <see langword="null"/> when nothing but progress changes.</param>
    /// <param name="Events">What is told of, in the order of the names.</param>
    /// <param name="Delivered">The commands that go with the answer.</param>
    public sealed record Expectation(string Answer, string Details, RunHead? Head, string Events, string Delivered);

    public static Expectation Expect(RunView view, Heartbeat beat, int commands, DateTimeOffset now)
    {
        var (head, progress) = (view.Head, view.Progress);

        // The order of checks: terminal, attempt, beat, regression, throttle.
        if (head.State is RunState.Completed or RunState.Failed or RunState.Terminated)
        {
            return Refuse(head, RefusalCode.RunEnded, $"end_reason={head.Ending!.Reason.ToWireName()} state={head.State.ToWireName()}", now);
        }

        if (beat.Attempt is null && head.Claimed)
        {
            return Refuse(head, RefusalCode.AttemptRequired, $"current_attempt={head.Attempt}", now);
        }

        if (beat.Attempt is not null && beat.Attempt < head.Attempt)
        {
            return Refuse(head, RefusalCode.StaleAttempt, $"current_attempt={head.Attempt}", now);
        }

        if (beat.Attempt is not null && beat.Attempt > head.Attempt)
        {
            return Refuse(head, RefusalCode.UnknownAttempt, $"current_attempt={head.Attempt}", now);
        }

        if (beat.Beat is not null && progress.Beat is not null && beat.Beat <= progress.Beat)
        {
            return new Expectation("duplicate", "", null, "", "");
        }

        if (beat.Step < progress.CurrentStep)
        {
            return Refuse(head, RefusalCode.StepRegression, $"current={progress.CurrentStep} received={beat.Step}", now);
        }

        if (beat.CheckpointVersion < progress.CheckpointVersion)
        {
            return Refuse(head, RefusalCode.CheckpointRegression, $"current={progress.CheckpointVersion} received={beat.CheckpointVersion}", now);
        }

        if (progress.LastHeartbeatAt is { } last && now < last + Interval
            && (beat.Status == progress.Status || (beat.Status is RuntimeStatus.Running or RuntimeStatus.Paused && InARow(view) >= 8)))
        {
            return new Expectation("heartbeat_throttled", $"retry_after={(last + Interval - now).TotalSeconds}", null, "", "");
        }

        return Accept(view, beat, commands, now);
    }

    /// <summary>How many quick changes of status the last heartbeat ended a row of.</summary>
    private static int InARow(RunView view) =>
        view.Head.QuickStatusChanges is { } changes && changes.LastAt == view.Progress.LastHeartbeatAt ? changes.Count : 0;

    private static Expectation Accept(RunView view, Heartbeat beat, int commands, DateTimeOffset now)
    {
        var (before, head, events) = (view.Head, view.Head, new List<string>());
        if (view.Progress.Loss is { } loss && double.IsFinite(loss) && !double.IsFinite(beat.Loss!.Value) && !head.LossDiverged)
        {
            head = head with { LossDiverged = true };
            events.Add($"run.loss_not_finite {beat.Step} {beat.Loss}");
        }

        if (head.Health != HealthStatus.Healthy)
        {
            events.Add($"run.health_changed {head.Health.ToWireName()} healthy");
            head = head with { Health = HealthStatus.Healthy, HealthChangedAt = now };
        }

        if (Reported(head.State, beat.Status!.Value) is { } to)
        {
            events.Add($"run.state_changed {head.State.ToWireName()} {to.ToWireName()} worker {beat.Notes}");
            head = head with
            {
                State = to,
                StartedAt = to == RunState.Running && head.StartedAt is null ? now : head.StartedAt,
                Termination = to == RunState.Terminating ? new Termination(now, Acknowledged: false) : null,
                LastSignAt = now,
                Transitions = head.Transitions + 1,
            };
        }

        var live = new List<Command>(view.Live);
        var delivered = new List<string>();
        if (commands > 0)
        {
            foreach (var lapsed in live.Where(command => command.Status == CommandStatus.Pending && command.ExpiresAt <= now).ToArray())
            {
                events.Add($"command.expired {lapsed.Id}");
                live.Remove(lapsed);
            }

            foreach (var command in live
                .Where(command => command.Status == CommandStatus.Pending || command.DeliveredAt!.Value.AddSeconds(30) <= now)
                .OrderBy(command => command.Sequence)
                .Take(commands)
                .ToArray())
            {
                events.Add($"command.delivered {command.Id}");
                delivered.Add($"{command.Id} delivered {command.DeliveryCount + 1}");
                live[live.IndexOf(command)] = command with { Status = CommandStatus.Delivered };
            }
        }

        if (now < view.Progress.LastHeartbeatAt + Interval)
        {
            head = head with { QuickStatusChanges = new QuickStatusChanges(InARow(view) + 1, now) };
        }
        else if (events.Count == 0)
        {
            return new Expectation("accepted", "", null, "", "");
        }

        return new Expectation("accepted", "", Written(before, head, events.Count, now), Sorted(events), string.Join(", ", delivered));
    }

    private static RunState? Reported(RunState state, RuntimeStatus status) => (status, state) switch
    {
        (RuntimeStatus.Running, RunState.Queued or RunState.Provisioning or RunState.Paused or RunState.Errored) => RunState.Running,
        (RuntimeStatus.Paused, RunState.Queued or RunState.Provisioning or RunState.Running or RunState.Errored) => RunState.Paused,
        (RuntimeStatus.Terminating, RunState.Queued or RunState.Provisioning or RunState.Running or RunState.Paused or RunState.Errored) => RunState.Terminating,
        (RuntimeStatus.Errored, RunState.Queued or RunState.Provisioning or RunState.Running or RunState.Paused) => RunState.Errored,
        _ => null,
    };

    /// <summary>A refusal; the first of its code in an attempt is kept and told of.</summary>
    private static Expectation Refuse(RunHead before, RefusalCode code, string details, DateTimeOffset now)
    {
        var name = code.ToWireName();
        var isKept = (before.KeptRefusals >> (int)code) % 2 == 1;
        if (isKept)
        {
            return new Expectation(name, details, null, "", "");
        }

        var head = before with { LastRefusal = new LastRefusal(code, now), KeptRefusals = before.KeptRefusals + (1u << (int)code) };
        return new Expectation(name, details, Written(before, head, 1, now), $"run.heartbeat_refused {name}", "");
    }

    private static RunHead Written(RunHead before, RunHead after, int events, DateTimeOffset now) => after with
    {
        Revision = before.Revision + 1,
        Events = before.Events + events,
        ChangedAt = now,
        DueAt = null,
    };

    public static string Sorted(IEnumerable<string> events) => string.Join(", ", events.OrderBy(told => told.Split(' ')[0], StringComparer.Ordinal));
}
