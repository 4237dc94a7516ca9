using Microsoft.AspNetCore.Cors.Infrastructure;
using Microsoft.AspNetCore.Http;

namespace Orchestrator.AspNetCore.Http;

/// <summary>
/// Whether a page of another site sent a request. A browser sends some requests for any page without asking the server first: those with GET, and a POST
/// without a body. It marks them with <c>Sec-Fetch-Site</c>, or, where it is old or speaks plain HTTP, with <c>Origin</c>. Other programs send neither.
/// </summary>
internal static class Origins
{
    public static readonly Refusal Foreign = new(RefusalCode.CrossOrigin, "The request comes from a page of another site.");

    public static bool IsForeign(HttpContext context)
    {
        var headers = context.Request.Headers;
        var site = headers["Sec-Fetch-Site"];
        if (site.Count > 0 ? site is ["same-origin" or "none"] : headers.Origin.Count == 0 || IsOwn(headers.Origin, context.Request.Host))
        {
            return false;
        }

        // The host allows pages of other sites on the endpoint, and says which.
        return context.GetEndpoint()?.Metadata.GetMetadata<ICorsMetadata>() is null;
    }

    private static bool IsOwn(string? origin, HostString host) =>
        Uri.TryCreate(origin, UriKind.Absolute, out var sender)
        && (host.Port is null ? sender.IsDefaultPort : host.Port == sender.Port)
        && string.Equals(sender.Host, host.Host, StringComparison.OrdinalIgnoreCase);
}
