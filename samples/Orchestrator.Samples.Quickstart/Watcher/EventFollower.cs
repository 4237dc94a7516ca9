using System.Net;
using System.Runtime.CompilerServices;

namespace Orchestrator.Samples.Quickstart.Watcher;

/// <summary>Follows events from the first one on. When the connection breaks, it resumes after the last event that it has seen.</summary>
/// <param name="http">A client whose base address is that of the API, ending in a slash.</param>
/// <param name="path">What to follow, such as <c>events</c> or <c>runs/r1/events?types=run.state_changed</c>.</param>
/// <param name="retryDelay">How long to wait before the next connection.</param>
public sealed class EventFollower(HttpClient http, string path, TimeSpan retryDelay)
{
    private const string FromTheStart = "0";

    /// <summary>Follows until the token ends.</summary>
    /// <exception cref="HttpRequestException">The control plane refused: the same request would be refused again.</exception>
    public async IAsyncEnumerable<ServerSentEvent> FollowAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var lastId = FromTheStart;
        while (true)
        {
            await foreach (var told in ConnectionAsync(lastId, cancellationToken))
            {
                lastId = told.Id ?? lastId;
                yield return told;
            }

            await Task.Delay(retryDelay, cancellationToken);
        }
    }

    /// <summary>The events of one connection. It ends as a stream ends, also when it breaks or never comes about.</summary>
    private async IAsyncEnumerable<ServerSentEvent> ConnectionAsync(string lastId, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path) { Headers = { { "Last-Event-ID", lastId } } };
        using var response = await OrBrokenAsync(() => http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken));
        if (response is null || response.StatusCode is HttpStatusCode.TooManyRequests or >= HttpStatusCode.InternalServerError)
        {
            yield break;
        }

        await using var stream = await response.EnsureSuccessStatusCode().Content.ReadAsStreamAsync(cancellationToken);
        await using var events = SseReader.ReadAsync(stream, cancellationToken).GetAsyncEnumerator(cancellationToken);
        while (await OrBrokenAsync(async () => await events.MoveNextAsync()))
        {
            yield return events.Current;
        }
    }

    private static async Task<T?> OrBrokenAsync<T>(Func<Task<T>> call)
    {
        try
        {
            return await call();
        }
        catch (Exception fault) when (fault is HttpRequestException or IOException)
        {
            return default;
        }
    }
}
