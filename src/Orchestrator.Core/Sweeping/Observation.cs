namespace Orchestrator.Core.Sweeping;

/// <summary>What a sweep may conclude from silence.</summary>
/// <param name="Since">Since when signs of life could have been noticed without a break.</param>
/// <param name="Until">Until when that is known. What is decided later, in a sweep that was held up, counts silence from anew.</param>
/// <param name="PolicyWaitsUntil">Until when the policy for unresponsive runs waits; <see langword="null"/> for no wait.</param>
internal sealed record Observation(DateTimeOffset Since, DateTimeOffset Until, DateTimeOffset? PolicyWaitsUntil = null)
{
    /// <summary>Since when silence counts for a decision that is taken now.</summary>
    public DateTimeOffset SinceAt(DateTimeOffset now) => now <= Until ? Since : now;
}
