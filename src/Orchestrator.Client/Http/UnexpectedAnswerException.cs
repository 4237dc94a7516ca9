using System.Net;

namespace Orchestrator;

/// <summary>
/// An answer over HTTP that is none of an Orchestrator server, or of one that this client does not understand: the page of a proxy, a path
/// that does not exist, a caller who is not let in (401, 403), JSON that breaks off or has another shape. No other try would help; the address, the
/// credentials or the versions must be put right. Whether the request took effect is not known.
/// </summary>
public sealed class UnexpectedAnswerException : Exception
{
    private UnexpectedAnswerException(HttpResponseMessage response, string reason, Exception? fault = null)
        : base($"{Describe(response)} {reason}", fault) => StatusCode = response.StatusCode;

    /// <summary>The status of the answer.</summary>
    public HttpStatusCode StatusCode { get; }

    internal static UnexpectedAnswerException Foreign(HttpResponseMessage response) => new(response, response.StatusCode switch
    {
        HttpStatusCode.Unauthorized => "The server asks for credentials: give the client credentials that it takes.",
        HttpStatusCode.Forbidden => "The credentials of the client do not allow this call.",
        >= HttpStatusCode.MultipleChoices and < HttpStatusCode.BadRequest =>
            "That is a redirect, which the client does not follow: the base address must be that of the API itself, and a gateway may want credentials.",
        HttpStatusCode.NotFound => "That is no answer of an Orchestrator server: the base address must be the prefix of its API, such as http://host:5000/api/v1.",
        _ => "That is no answer of an Orchestrator server, or of a version that this client does not know.",
    });

    internal static UnexpectedAnswerException Unreadable(HttpResponseMessage response, Exception fault) =>
        new(response, "Its body breaks off, or is not what this client knows.", fault);

    private static string Describe(HttpResponseMessage response)
    {
        var request = response.RequestMessage;
        var type = response.Content.Headers.ContentType?.MediaType ?? "no body";
        return $"{request?.Method} {request?.RequestUri?.AbsolutePath} was answered with {(int)response.StatusCode} ({type}).";
    }
}
