using System.Security.Claims;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Orchestrator.AspNetCore.Audit;

/// <summary>Who makes a call, from where, and under which idempotency key.</summary>
internal static class Caller
{
    public const string IdempotencyKey = "Idempotency-Key";

    public static CallContext Of(HttpContext context) => new()
    {
        Principal = Principal(context.User),
        IdempotencyKey = Key(context.Request),
        SourceIp = context.Connection.RemoteIpAddress?.ToString(),
        UserAgent = context.Request.Headers.UserAgent is [{ Length: > 0 } agent, ..] ? agent : null,
        MtlsFingerprint = context.Features.Get<ITlsConnectionFeature>()?.ClientCertificate?.GetCertHashString(HashAlgorithmName.SHA256),
    };

    /// <summary>Who is authenticated is the actor, also without a name that is told: the body's word does not count then.</summary>
    private static string? Principal(ClaimsPrincipal user) => user.Identity is { IsAuthenticated: true } identity
        ? user.FindFirst(ClaimTypes.NameIdentifier)?.Value ?? user.FindFirst("sub")?.Value ?? identity.Name ?? "authenticated"
        : null;

    /// <summary>A header that is empty or comes several times becomes the empty key, which is refused.</summary>
    private static string? Key(HttpRequest request) => request.Headers.TryGetValue(IdempotencyKey, out var values)
        ? values is [{ } key] ? key : ""
        : null;
}
