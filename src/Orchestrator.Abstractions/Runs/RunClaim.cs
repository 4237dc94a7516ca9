namespace Orchestrator;

/// <summary>The hand-over of an attempt to a worker.</summary>
/// <param name="Id">A random id. What workers send with another one is refused as <see cref="RefusalCode.StaleAttempt"/>.</param>
/// <param name="Principal">The authenticated caller that claimed it; <see langword="null"/> for a caller that was not authenticated.</param>
public sealed record RunClaim(string Id, string? Principal);
