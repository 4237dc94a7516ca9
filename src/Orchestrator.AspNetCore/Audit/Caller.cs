using System.Security.Claims;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Orchestrator.AspNetCore.Http;

namespace Orchestrator.AspNetCore.Audit;

/// <summary>Who makes a call, from where, and under which idempotency key.</summary>
internal static class Caller
{
    private const string IdempotencyKey = "Idempotency-Key";
    private const int MaxKeyLength = 128;

    public static CallContext Of(HttpContext context, ref Faults faults) => new()
    {
        Principal = Principal(context.User),
        IdempotencyKey = Key(context.Request, ref faults),
        SourceIp = context.Connection.RemoteIpAddress?.ToString(),
        UserAgent = context.Request.Headers.UserAgent is [{ Length: > 0 } agent, ..] ? agent : null,
        MtlsFingerprint = context.Features.Get<ITlsConnectionFeature>()?.ClientCertificate?.GetCertHashString(HashAlgorithmName.SHA256),
    };

    private static string? Principal(ClaimsPrincipal user) => user.Identity is { IsAuthenticated: true } identity
        ? user.FindFirst(ClaimTypes.NameIdentifier)?.Value ?? user.FindFirst("sub")?.Value ?? identity.Name
        : null;

    private static string? Key(HttpRequest request, ref Faults faults)
    {
        if (!request.Headers.TryGetValue(IdempotencyKey, out var values))
        {
            return null;
        }

        if (values is [{ Length: > 0 and <= MaxKeyLength } key] && !key.AsSpan().ContainsAnyExceptInRange('!', '~'))
        {
            return key;
        }

        faults.Add(IdempotencyKey, $"must be 1 to {MaxKeyLength} visible ASCII characters");
        return null;
    }
}
