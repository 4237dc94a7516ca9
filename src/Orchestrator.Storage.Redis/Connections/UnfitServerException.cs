namespace Orchestrator.Storage.Redis.Connections;

/// <summary>Redis was reached and cannot be used as it is. Waiting does not change that.</summary>
internal sealed class UnfitServerException(string message) : InvalidOperationException(message);
