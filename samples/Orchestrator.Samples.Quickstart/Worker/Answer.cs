using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Orchestrator.Samples.Quickstart.Worker;

/// <summary>What a worker does about an answer.</summary>
public enum Verdict
{
    /// <summary>Go on.</summary>
    Accepted,

    /// <summary>Train on, and call again later: throttled, not available, or not reached at all.</summary>
    TryLater,

    /// <summary>Train on. The call itself was wrong, and would be wrong again.</summary>
    Refused,

    /// <summary>Stop: the run has ended, or another attempt has taken over.</summary>
    Stop,
}

/// <summary>An answer of the control plane, as far as a worker must tell answers apart.</summary>
/// <param name="Verdict">What to do about it.</param>
/// <param name="Body">What was answered; <see langword="null"/> for nothing.</param>
/// <param name="Code">The stable <c>error.code</c> of a refusal.</param>
/// <param name="RetryAfter">How long to wait at least before the next call, where the answer says so.</param>
public sealed record Answer(Verdict Verdict, JsonNode? Body = null, string? Code = null, TimeSpan? RetryAfter = null)
{
    /// <summary>No answer: connection refused, reset, or not in time.</summary>
    public static Answer Unreachable { get; } = new(Verdict.TryLater);

    /// <summary>Reads a response.</summary>
    public static async Task<Answer> ReadAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        var body = Parse(await response.Content.ReadAsStringAsync(cancellationToken));
        if (response.IsSuccessStatusCode)
        {
            return new Answer(Verdict.Accepted, body);
        }

        var code = (string?)(body as JsonObject)?["error"]?["code"];
        return new Answer(Judge(response.StatusCode, code), body, code, response.Headers.RetryAfter?.Delta);
    }

    private static Verdict Judge(HttpStatusCode status, string? code) => code switch
    {
        "stale_attempt" or "run_ended" => Verdict.Stop,
        _ => status is HttpStatusCode.TooManyRequests or HttpStatusCode.RequestTimeout or >= HttpStatusCode.InternalServerError
            ? Verdict.TryLater
            : Verdict.Refused,
    };

    /// <summary>What stands between worker and control plane may answer pages that are not JSON.</summary>
    private static JsonNode? Parse(string text)
    {
        try
        {
            return text.Length == 0 ? null : JsonNode.Parse(text);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
