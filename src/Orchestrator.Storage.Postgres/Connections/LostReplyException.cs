namespace Orchestrator.Storage.Postgres.Connections;

/// <summary>A commit was sent and its answer is lost: what was written may be stored.</summary>
internal sealed class LostReplyException(Exception fault) : Exception("PostgreSQL did not answer to a commit.", fault);
