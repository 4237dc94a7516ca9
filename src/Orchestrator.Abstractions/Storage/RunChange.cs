namespace Orchestrator.Storage;

/// <summary>Everything that one decision changes of a run beside its progress: one value, stored whole or not at all.</summary>
public sealed record RunChange
{
    /// <summary>The head from now on. Its revision is one above the one that was expected.</summary>
    public required RunHead Head { get; init; }

    /// <summary>The progress from now on, where it does not follow from a heartbeat; <see langword="null"/> leaves it.</summary>
    public RunProgress? Progress { get; init; }

    /// <summary>The manifest, when the run is created.</summary>
    public RunManifest? Manifest { get; init; }

    /// <summary>Transitions to add, by sequence.</summary>
    public IReadOnlyList<StateTransition> Transitions { get; init; } = [];

    /// <summary>Commands to add or to replace.</summary>
    public IReadOnlyList<Command> Commands { get; init; } = [];

    /// <summary>Durable events to add, by sequence.</summary>
    public IReadOnlyList<RunEvent> Events { get; init; } = [];

    /// <summary>The audit entry to add.</summary>
    public AuditEntry? Audit { get; init; }

    /// <summary>The idempotency key that this change answers.</summary>
    public IdempotencyRecord? Idempotency { get; init; }
}
