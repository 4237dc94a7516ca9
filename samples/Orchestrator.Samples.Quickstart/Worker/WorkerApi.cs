using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;

namespace Orchestrator.Samples.Quickstart.Worker;

/// <summary>
/// The calls of one worker for one attempt of one run. They answer and do not throw: a control plane in trouble is no reason
/// for a training to fail.
/// </summary>
/// <param name="http">A client whose base address is that of the API, ending in a slash, and whose timeout is above the longest poll.</param>
/// <param name="runId">The run.</param>
/// <param name="attempt">The attempt, sent with every call, so that a worker that was replaced is told.</param>
/// <param name="workerId">The name of the worker.</param>
public sealed class WorkerApi(HttpClient http, string runId, int attempt, string workerId)
{
    /// <summary>Tells where the training stands.</summary>
    /// <param name="progress">The newest numbers.</param>
    /// <param name="beat">Rises with every heartbeat of the attempt, so that one that arrives late changes nothing.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    public Task<Answer> HeartbeatAsync(Progress progress, long beat, CancellationToken cancellationToken) =>
        PostAsync($"runs/{runId}/heartbeat", new JsonObject
        {
            ["run_id"] = runId,
            ["attempt"] = attempt,
            ["beat"] = beat,
            ["status"] = progress.Status,
            ["step"] = progress.Step,
            ["loss"] = Number(progress.Loss),
            ["samples_per_sec"] = Number(progress.SamplesPerSecond),
            ["checkpoint_version"] = progress.CheckpointVersion,
            ["metrics"] = new JsonObject { ["accuracy"] = Number(progress.Accuracy), ["learning_rate"] = Number(progress.LearningRate) },
        }, cancellationToken);

    /// <summary>Waits for the next command. An answer without a body says that there was none.</summary>
    public Task<Answer> NextCommandAsync(TimeSpan wait, CancellationToken cancellationToken)
    {
        var seconds = wait.TotalSeconds.ToString(CultureInfo.InvariantCulture);
        return SendAsync(HttpMethod.Get, $"runs/{runId}/commands/next?wait={seconds}&attempt={attempt}", null, cancellationToken);
    }

    /// <summary>Says what became of a command.</summary>
    public Task<Answer> AcknowledgeAsync(Ack acknowledgement, CancellationToken cancellationToken)
    {
        var body = new JsonObject
        {
            ["outcome"] = acknowledgement.Outcome,
            ["step"] = acknowledgement.Step,
            ["attempt"] = attempt,
            ["reason"] = acknowledgement.Reason,
        };
        if (acknowledgement.Applied is { } applied)
        {
            body["applied"] = new JsonObject(applied.Select(value => KeyValuePair.Create<string, JsonNode?>(value.Key, value.Value)));
        }

        return PostAsync($"runs/{runId}/commands/{acknowledgement.CommandId}/ack", body, cancellationToken);
    }

    /// <summary>Reports the end of the training, with its last numbers.</summary>
    /// <param name="state"><c>completed</c>, <c>terminated</c> or <c>failed</c>.</param>
    /// <param name="reason">Why, for people.</param>
    /// <param name="final">The last numbers.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    public Task<Answer> ReportEndAsync(string state, string reason, Progress final, CancellationToken cancellationToken) =>
        PostAsync($"runs/{runId}/transitions", new JsonObject
        {
            ["to_state"] = state,
            ["reason"] = reason,
            ["attempt"] = attempt,
            ["actor"] = new JsonObject { ["type"] = "system", ["id"] = workerId },
            ["final"] = new JsonObject
            {
                ["step"] = final.Step,
                ["loss"] = Number(final.Loss),
                ["samples_per_sec"] = Number(final.SamplesPerSecond),
                ["checkpoint_version"] = final.CheckpointVersion,
            },
        }, cancellationToken);

    private Task<Answer> PostAsync(string path, JsonObject body, CancellationToken cancellationToken) =>
        SendAsync(HttpMethod.Post, path, new StringContent(body.ToJsonString(), Encoding.UTF8, "application/json"), cancellationToken);

    private async Task<Answer> SendAsync(HttpMethod method, string path, HttpContent? content, CancellationToken cancellationToken)
    {
        try
        {
            using var request = new HttpRequestMessage(method, path) { Content = content };
            using var response = await http.SendAsync(request, cancellationToken);
            return await Answer.ReadAsync(response, cancellationToken);
        }
        catch (Exception fault) when (fault is HttpRequestException or IOException or OperationCanceledException)
        {
            // The caller's own cancellation goes through; a timeout of the client is like no answer.
            cancellationToken.ThrowIfCancellationRequested();
            return Answer.Unreachable;
        }
    }

    /// <summary>JSON has no numbers for a loss that diverged; the API takes these as strings.</summary>
    private static JsonValue Number(double value) =>
        double.IsFinite(value) ? JsonValue.Create(value) : JsonValue.Create(value.ToString(CultureInfo.InvariantCulture));
}
