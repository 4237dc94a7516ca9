namespace Orchestrator.Core.Sweeping;

/// <summary>What a sweep may conclude from silence.</summary>
/// <param name="Since">Since when signs of life could have been noticed without a break.</param>
/// <param name="MayEscalate">Whether this host has proved itself: one that is in trouble leaves it to the others.</param>
/// <param name="PolicyWaitsUntil">Until when the policy for unresponsive runs waits; <see langword="null"/> for no wait.</param>
internal sealed record Observation(DateTimeOffset Since, bool MayEscalate, DateTimeOffset? PolicyWaitsUntil);
