using System.Globalization;
using System.Text.Json;
using Orchestrator.Client.Http;
using Orchestrator.Client.Runs;

namespace Orchestrator.Client.Heartbeats;

/// <summary>
/// Send the reports of workers over HTTP. Only one that has a <see cref="Heartbeat.Beat"/> is sent again: the number makes it harmless.
/// </summary>
internal sealed class HttpHeartbeatOperations(ApiConnection connection, TimeSpan timeout) : IHeartbeatOperations
{
    public async ValueTask<Result<HeartbeatReceipt>> ReportAsync(
        RunId run, Heartbeat heartbeat, int commands = 0, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(heartbeat);
        if (run.IsDefault)
        {
            return LocalRefusals.NoRun;
        }

        var query = commands == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $"?commands={commands}");
        var call = new ApiCall(HttpMethod.Post, $"runs/{run}/heartbeat{query}")
        {
            Body = HeartbeatRequestBody.Write(heartbeat),
            IsRepeatable = heartbeat.Beat is not null,
            Timeout = timeout,
        };
        return commands == 0
            ? await connection.SendAsync(call, RunsJson.Default.RunBody, (body, _) => new HeartbeatReceipt(body!.ToRun(), []), cancellationToken).ConfigureAwait(false)
            : await connection.SendAsync(call, HeartbeatsJson.Default.HeartbeatBody, (body, _) => body!.ToReceipt(), cancellationToken).ConfigureAwait(false);
    }

    public async ValueTask<IReadOnlyList<Result<HeartbeatReceipt>>> ReportAsync(
        IReadOnlyList<Heartbeat> heartbeats, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(heartbeats);
        var results = new List<Result<HeartbeatReceipt>>(heartbeats.Count);
        foreach (var batch in HeartbeatBatch.Split(heartbeats))
        {
            var sent = await SendAsync(batch, cancellationToken).ConfigureAwait(false);
            results.AddRange(sent.TryGet(out var some, out var refusal) ? some : Enumerable.Repeat(new Result<HeartbeatReceipt>(refusal), batch.Count));
        }

        return results;
    }

    public ValueTask NoteUnreadableAsync(RunId run, RefusalCode code, CancellationToken cancellationToken = default) =>
        throw new NotSupportedException("What a transport could not read is noted by the server that could not read it; the API has no call for it.");

    private ValueTask<Result<IReadOnlyList<Result<HeartbeatReceipt>>>> SendAsync(HeartbeatBatch batch, CancellationToken cancellationToken)
    {
        var call = new ApiCall(HttpMethod.Post, "heartbeats") { Body = batch.Json, IsRepeatable = batch.IsRepeatable, Timeout = timeout };
        return connection.SendAsync(
            call,
            HeartbeatsJson.Default.HeartbeatBatchBody,
            (body, _) => body!.Results.Count == batch.Count
                ? (IReadOnlyList<Result<HeartbeatReceipt>>)ToResults(body.Results)
                : throw new JsonException($"{body.Results.Count} results for {batch.Count} heartbeats"),
            cancellationToken);
    }

    private static List<Result<HeartbeatReceipt>> ToResults(IReadOnlyList<HeartbeatResultBody> bodies)
    {
        var results = new List<Result<HeartbeatReceipt>>(bodies.Count);
        foreach (var body in bodies)
        {
            results.Add(body switch
            {
                { Run: { } run } => new HeartbeatReceipt(run.ToRun(), []),
                { Error.SameAs: { } first } when first >= 0 && first < results.Count => results[first],
                { Error: { } error } when error.ToRefusal() is { } refusal => refusal,
                _ => throw new JsonException("a result is neither a run nor a known error"),
            });
        }

        return results;
    }
}
