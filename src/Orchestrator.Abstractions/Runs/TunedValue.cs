namespace Orchestrator;

/// <summary>The value of a tunable that a worker acknowledged as applied.</summary>
/// <param name="Value">The value.</param>
/// <param name="Sequence">The command that set it: an older command never overwrites it.</param>
public readonly record struct TunedValue(double Value, long Sequence);
