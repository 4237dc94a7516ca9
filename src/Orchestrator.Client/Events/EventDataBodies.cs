namespace Orchestrator.Client.Events;

/// <summary>What an event of a changed state tells. The sequence of the transition is not told; it is in the list of transitions.</summary>
internal sealed class StateChangedBody
{
    public RunState? From { get; init; }

    public required RunState To { get; init; }

    public required string ChangedBy { get; init; }

    public string? Reason { get; init; }

    public EndReason? EndReason { get; init; }

    public StateChangedData ToData(int attempt, DateTimeOffset time) =>
        new(new StateTransition(0, From, To, ChangedBy, Reason, attempt, time), EndReason);
}

internal sealed class HealthChangedBody
{
    public required HealthStatus From { get; init; }

    public required HealthStatus To { get; init; }

    public required TimeSpan SilenceSeconds { get; init; }

    public TimeSpan? StandstillSeconds { get; init; }

    public HealthChangedData ToData() => new(From, To, SilenceSeconds) { Standstill = StandstillSeconds };
}

internal sealed class SilenceBody
{
    public required TimeSpan SilenceSeconds { get; init; }
}

internal sealed class RolledBackBody
{
    public required long RevisionSeen { get; init; }

    public required long RevisionFound { get; init; }

    public RolledBackData ToData() => new(RevisionSeen, RevisionFound);
}

internal sealed class SnoozedBody
{
    public DateTimeOffset? Until { get; init; }

    public string? Reason { get; init; }

    public required ActorType ActorType { get; init; }

    public required string ActorId { get; init; }

    public SnoozedData ToData() => new(Until, Reason, new Actor(ActorType, ActorId));
}

internal sealed class AttemptStartedBody
{
    public string? Reason { get; init; }

    public string? WorkerId { get; init; }

    public required long Step { get; init; }

    public required long CheckpointVersion { get; init; }

    public AttemptStartedData ToData() => new(Reason, WorkerId, new ResumeFrom(Step, CheckpointVersion));
}
