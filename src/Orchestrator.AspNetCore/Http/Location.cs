using Microsoft.AspNetCore.Http;

namespace Orchestrator.AspNetCore.Http;

/// <summary>Where a resource is that a request made. Built on the path of the request, so that it holds under every prefix.</summary>
internal static class Location
{
    public static void Below(HttpContext context, string id)
    {
        var collection = (context.Request.PathBase + context.Request.Path).ToUriComponent().TrimEnd('/');
        context.Response.Headers.Location = $"{collection}/{id}";
    }
}
