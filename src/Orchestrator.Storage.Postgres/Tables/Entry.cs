namespace Orchestrator.Storage.Postgres.Tables;

/// <summary>Something that belongs to a run and does not name it.</summary>
/// <param name="Run">The run.</param>
/// <param name="Item">What belongs to it.</param>
internal readonly record struct Entry<T>(RunId Run, T Item);
