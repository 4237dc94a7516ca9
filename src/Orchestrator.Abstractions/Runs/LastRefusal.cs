namespace Orchestrator;

/// <summary>The newest heartbeat that was refused for a reason not seen before in its attempt.</summary>
/// <param name="Code">Why it was refused.</param>
/// <param name="At">When, on the store's clock.</param>
public sealed record LastRefusal(RefusalCode Code, DateTimeOffset At);
