namespace Orchestrator.Client.Http;

/// <summary>What the server recognises a call by when it comes again.</summary>
/// <param name="Value">The key.</param>
/// <param name="IsOwn">Whether the client made it for this one call, because its caller gave none.</param>
internal sealed record IdempotencyKey(string Value, bool IsOwn)
{
    /// <summary>The key of a call. One that no header can carry is refused as the server would refuse it.</summary>
    public static Result<IdempotencyKey> Of(CallContext? context, TimeProvider time) => context?.IdempotencyKey switch
    {
        null => new IdempotencyKey(Guid.CreateVersion7(time.GetUtcNow()).ToString(), IsOwn: true),
        { Length: > 0 } key when ApiCall.CanSend(key) => new IdempotencyKey(key, IsOwn: false),
        _ => LocalRefusals.Invalid("Idempotency-Key", "must be 1 to 128 visible ASCII characters"),
    };

    /// <summary>
    /// What the call did: that the server knows a key which was made for this call alone says that an earlier try of it took effect and its
    /// reply was lost.
    /// </summary>
    public Effect EffectOf(HttpResponseMessage response, bool done) =>
        !response.Headers.Contains("Idempotency-Replayed") ? done ? Effect.Done : Effect.None
        : IsOwn ? Effect.Done
        : Effect.Replayed;
}
