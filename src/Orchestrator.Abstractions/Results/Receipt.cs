namespace Orchestrator;

/// <summary>The answer to a request that makes or changes something, and whether this very request did it.</summary>
/// <typeparam name="T">The resource.</typeparam>
/// <param name="Value">The resource as it now stands.</param>
/// <param name="Effect">What this request did.</param>
public readonly record struct Receipt<T>(T Value, Effect Effect);

/// <summary>What a request did.</summary>
public enum Effect
{
    /// <summary>It took effect now.</summary>
    Done,

    /// <summary>Nothing was left to do: the resource was as asked for already.</summary>
    None,

    /// <summary>The same request, by its idempotency key, took effect before.</summary>
    Replayed,
}
