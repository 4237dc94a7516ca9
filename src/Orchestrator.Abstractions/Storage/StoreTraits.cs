namespace Orchestrator.Storage;

/// <summary>What a store can do and needs.</summary>
/// <param name="MaxBatch">How many writes one <see cref="IRunStore.CommitAsync"/> takes. At 1 the engine sends each write by itself, at once.</param>
/// <param name="Lanes">How many batches of plain heartbeats, and how many of changes, may be under way at once; those of one run always take the same lane.</param>
/// <param name="LookAgain">How long a waiter may trust that <see cref="IRunStore.Subscribe"/> told it everything; <see cref="Timeout.InfiniteTimeSpan"/> where no hint is ever lost.</param>
public sealed record StoreTraits(int MaxBatch, int Lanes, TimeSpan LookAgain);
