namespace Orchestrator;

/// <summary>The answer to a heartbeat.</summary>
/// <param name="Run">The run as it now stands, without its manifest.</param>
/// <param name="Commands">The commands that were delivered with the answer.</param>
public readonly record struct HeartbeatReceipt(Run Run, IReadOnlyList<Command> Commands);
