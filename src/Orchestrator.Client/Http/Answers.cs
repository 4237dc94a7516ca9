using System.Net;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Orchestrator.Client.Http;

/// <summary>Reads what the server answers.</summary>
internal static class Answers
{
    private const string Json = "application/json";
    private const string Problem = "application/problem+json";

    /// <summary>Reads an answer that succeeded; <see langword="null"/> where it has no body.</summary>
    /// <exception cref="UnexpectedAnswerException">It is not JSON.</exception>
    /// <exception cref="JsonException">It is JSON of another kind.</exception>
    public static async ValueTask<T?> ReadAsync<T>(HttpResponseMessage response, JsonTypeInfo<T> type, CancellationToken cancellationToken)
        where T : class
    {
        if (response.StatusCode == HttpStatusCode.NoContent)
        {
            return null;
        }

        if (response.Content.Headers.ContentType?.MediaType != Json)
        {
            throw UnexpectedAnswerException.Foreign(response);
        }

        var body = await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
        await using (body.ConfigureAwait(false))
        {
            return await JsonSerializer.DeserializeAsync(body, type, cancellationToken).ConfigureAwait(false)
                ?? throw new JsonException("the answer is null");
        }
    }

    /// <summary>Reads why a request was refused; <see langword="null"/> where the answer is none of an Orchestrator server.</summary>
    public static async ValueTask<Refusal?> ReadRefusalAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        if (response.Content.Headers.ContentType?.MediaType is not (Problem or Json))
        {
            return null;
        }

        var body = await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
        await using (body.ConfigureAwait(false))
        {
            try
            {
                var problem = await JsonSerializer.DeserializeAsync(body, ProblemJson.Default.ProblemBody, cancellationToken).ConfigureAwait(false);
                return problem?.Error?.ToRefusal();
            }
            catch (Exception fault) when (fault is JsonException or InvalidDataException)
            {
                return null;
            }
        }
    }
}
