using System.Security.Claims;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Orchestrator.AspNetCore.Audit;

/// <summary>Who makes a call, from where, and under which idempotency key.</summary>
internal static class Caller
{
    public const string IdempotencyKey = "Idempotency-Key";

    public static CallContext Of(HttpContext context)
    {
        var (principal, issuer) = Principal(context.User);
        return new()
        {
            Principal = principal,
            Issuer = issuer,
            // The host's own name for the request, which its log entries carry as RequestId; middleware may set another.
            RequestId = context.TraceIdentifier,
            IdempotencyKey = Key(context.Request),
            SourceIp = context.Connection.RemoteIpAddress?.ToString(),
            UserAgent = context.Request.Headers.UserAgent is [{ Length: > 0 } agent, ..] ? agent : null,
            MtlsFingerprint = context.Features.Get<ITlsConnectionFeature>()?.ClientCertificate?.GetCertHashString(HashAlgorithmName.SHA256),
        };
    }

    /// <summary>
    /// The authenticated caller and the issuer of its identity. An authenticated caller is the actor also where its identity has no name: the actor of the
    /// body is never taken for it.
    /// </summary>
    private static (string? Name, string? Issuer) Principal(ClaimsPrincipal user)
    {
        if (user.Identity is not { IsAuthenticated: true } identity)
        {
            return (null, null);
        }

        var claim = Find(user, ClaimTypes.NameIdentifier) ?? Find(user, "sub") ?? (identity as ClaimsIdentity)?.FindFirst(IsName);
        return (claim?.Value ?? identity.Name ?? "authenticated", claim?.Issuer is { } issuer && issuer != ClaimsIdentity.DefaultIssuer ? issuer : null);

        bool IsName(Claim one) => one.Type == ((ClaimsIdentity)identity).NameClaimType;
    }

    /// <summary>The first claim of a type, of identities that are authenticated.</summary>
    private static Claim? Find(ClaimsPrincipal user, string type) =>
        user.Identities.Where(identity => identity.IsAuthenticated).Select(identity => identity.FindFirst(type)).FirstOrDefault(claim => claim is not null);

    /// <summary>A header that is empty or comes several times becomes the empty key, which is refused.</summary>
    private static string? Key(HttpRequest request) => request.Headers.TryGetValue(IdempotencyKey, out var values)
        ? values is [{ } key] ? key : ""
        : null;
}
