namespace Orchestrator.Client.Hosting;

/// <summary>Adapts the handlers that an application sets for all of its HTTP clients.</summary>
internal static class DefaultHandlers
{
    // The type is known by name, so that the client does not depend on its package.
    private const string Resilience = "Microsoft.Extensions.Http.Resilience.ResilienceHandler";

    /// <summary>
    /// Removes handlers that limit the time of a request or repeat it. They would cut each long poll, and repeat calls that the client repeats.
    /// </summary>
    public static void RemoveResilience(IList<DelegatingHandler> handlers)
    {
        for (var index = handlers.Count - 1; index >= 0; index--)
        {
            if (IsResilience(handlers[index].GetType()))
            {
                handlers.RemoveAt(index);
            }
        }
    }

    /// <summary>Leaves redirects to the caller. A followed one would turn a POST into a GET of another address, such as a login page.</summary>
    public static void StopRedirects(HttpMessageHandler handler)
    {
        switch (handler)
        {
            case SocketsHttpHandler sockets:
                sockets.AllowAutoRedirect = false;
                break;
            case HttpClientHandler { SupportsRedirectConfiguration: true } client:
                client.AllowAutoRedirect = false;
                break;
        }
    }

    private static bool IsResilience(Type? type)
    {
        while (type is not null && type.FullName != Resilience)
        {
            type = type.BaseType;
        }

        return type is not null;
    }
}
