namespace Orchestrator.Storage;

/// <summary>How many runs stand alike.</summary>
/// <param name="State">Where they are in their life.</param>
/// <param name="Health">What is concluded of them.</param>
/// <param name="Count">How many.</param>
public readonly record struct RunCount(RunState State, HealthStatus Health, long Count);
