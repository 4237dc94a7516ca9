namespace Orchestrator.Samples.Quickstart.Watcher;

/// <summary>One event of a stream of server-sent events.</summary>
/// <param name="Type">What is told of; <c>message</c> where the stream does not say.</param>
/// <param name="Id">Where to resume after it; <see langword="null"/> for an event that is not kept.</param>
/// <param name="Data">The details.</param>
public sealed record ServerSentEvent(string Type, string? Id, string Data);
