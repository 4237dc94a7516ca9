using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;

namespace Orchestrator.Samples.Quickstart.Worker;

/// <summary>A run that a worker was given, with all that it needs to begin.</summary>
/// <param name="RunId">The run.</param>
/// <param name="Attempt">The attempt that is the worker's.</param>
/// <param name="Manifest">What whoever created the run wants it to do.</param>
public sealed record Claim(string RunId, int Attempt, JsonObject Manifest)
{
    /// <summary>Waits for a run. Nothing is lost yet, so that a control plane in trouble is simply asked again.</summary>
    /// <param name="http">A client whose base address is that of the API, ending in a slash.</param>
    /// <param name="workerId">The name of the worker.</param>
    /// <param name="labels">What a run must be labelled with.</param>
    /// <param name="retryDelay">How long to wait after a call that failed.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public static async Task<Claim> WaitAsync(
        HttpClient http, string workerId, JsonObject labels, TimeSpan retryDelay, CancellationToken cancellationToken)
    {
        var request = new JsonObject { ["worker_id"] = workerId, ["labels"] = labels, ["wait"] = 20 };
        while (true)
        {
            try
            {
                using var response = await http.PostAsJsonAsync("runs/claim", request, cancellationToken);
                response.EnsureSuccessStatusCode();
                if (response.StatusCode != HttpStatusCode.NoContent)
                {
                    var run = JsonNode.Parse(await response.Content.ReadAsStringAsync(cancellationToken))!["run"]!;
                    return new Claim((string)run["id"]!, (int)run["attempt"]!, run["launch_manifest"] as JsonObject ?? []);
                }
            }
            catch (HttpRequestException fault) when (fault.StatusCode is null or HttpStatusCode.TooManyRequests or >= HttpStatusCode.InternalServerError)
            {
                await Task.Delay(retryDelay, cancellationToken);
            }
        }
    }
}
