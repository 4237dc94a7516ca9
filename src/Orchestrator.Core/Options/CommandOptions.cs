namespace Orchestrator;

/// <summary>How commands are delivered: section <c>Orchestrator:Commands</c>.</summary>
public sealed class CommandOptions
{
    /// <summary>After this time a delivered command that was not acknowledged is delivered again. Default 30 s.</summary>
    public TimeSpan RedeliveryTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How long a terminating run is waited for after its last sign of life. Default 120 s.</summary>
    public TimeSpan TerminateGrace { get; set; } = TimeSpan.FromSeconds(120);

    /// <summary>How long a terminating run is waited for in all. Default 15 min; at least <see cref="TerminateGrace"/>.</summary>
    public TimeSpan TerminateLimit { get; set; } = TimeSpan.FromMinutes(15);

    /// <summary>How many commands of a run may wait for acknowledgement; a <c>terminate</c> is always taken. Default 256; 1 to 4,096.</summary>
    public int MaxPending { get; set; } = 256;
}
