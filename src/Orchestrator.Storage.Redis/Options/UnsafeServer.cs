namespace Orchestrator;

/// <summary>What a host does when it finds that its Redis may lose what it was told: one that evicts keys, or that keeps no append-only file.</summary>
public enum UnsafeServer
{
    /// <summary>Says so in the log, once, and goes on.</summary>
    Warn,

    /// <summary>Refuses to start.</summary>
    Refuse,
}
