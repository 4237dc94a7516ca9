using System.Collections.Concurrent;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc.ApiExplorer;
using Microsoft.AspNetCore.Routing;

namespace Orchestrator.AspNetCore.Tests.Http;

/// <summary>Looks at every answer of the API, and notes each status that the metadata of its endpoint does not declare.</summary>
internal sealed class DeclaredStatuses
{
    private readonly ConcurrentDictionary<string, bool> _undeclared = [];

    public IEnumerable<string> Undeclared => _undeclared.Keys;

    public async Task LookAsync(HttpContext context, RequestDelegate next)
    {
        await next(context);
        var answered = context.GetEndpoint()?.Metadata;
        var status = context.Response.StatusCode;
        var isDenied = status >= 400 && context.Response.ContentType is null;
        if (answered?.GetMetadata<EndpointNameMetadata>() is { } operation
            && !isDenied
            && !answered.GetOrderedMetadata<IApiResponseMetadataProvider>().Any(declared => declared.StatusCode == status))
        {
            _undeclared.TryAdd($"{operation.EndpointName} answers {status}", true);
        }
    }
}
