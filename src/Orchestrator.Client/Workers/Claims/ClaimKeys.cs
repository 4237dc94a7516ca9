namespace Orchestrator.Client.Workers.Claims;

/// <summary>Idempotency keys of claims: one for each call, kept while the call is repeated because no answer came.</summary>
internal static class ClaimKeys
{
    public static string New(TimeProvider time) => Guid.CreateVersion7(time.GetUtcNow()).ToString();
}
