namespace Orchestrator.Client.Events;

/// <summary>A block of a stream of server-sent events.</summary>
/// <param name="Id">The position to resume after it, where it has one.</param>
/// <param name="Data">The event; <see langword="null"/> where the block only tells the position.</param>
internal readonly record struct SseBlock(string? Id, string? Data);
