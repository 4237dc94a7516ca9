namespace Orchestrator.Storage.Postgres.Schema;

/// <summary>The database was reached and cannot be used as it is. Waiting does not change that.</summary>
internal sealed class UnfitDatabaseException(string message) : InvalidOperationException(message);
