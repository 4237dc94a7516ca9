namespace Orchestrator;

/// <summary>
/// How the orchestrator behaves. <c>AddOrchestrator()</c> binds it from the configuration section <c>Orchestrator</c>
/// and refuses to start with values that make no sense. No time is longer than 36,500 days.
/// </summary>
public sealed class OrchestratorOptions
{
    /// <summary>The configuration section: <c>Orchestrator</c>.</summary>
    public const string SectionName = "Orchestrator";

    /// <summary>How heartbeats are taken.</summary>
    public HeartbeatOptions Heartbeats { get; } = new();

    /// <summary>How silence is noticed.</summary>
    public HealthOptions Health { get; } = new();

    /// <summary>How commands are delivered.</summary>
    public CommandOptions Commands { get; } = new();

    /// <summary>How long things are kept.</summary>
    public RetentionOptions Retention { get; } = new();

    /// <summary>Bounds of single calls.</summary>
    public LimitOptions Limits { get; } = new();

    /// <summary>What a <c>tune</c> command may change. Declared in code, not in configuration.</summary>
    public TunableSet Tunables { get; } = new();

    /// <summary>How the audit chain is hashed.</summary>
    public AuditOptions Audit { get; } = new();
}
