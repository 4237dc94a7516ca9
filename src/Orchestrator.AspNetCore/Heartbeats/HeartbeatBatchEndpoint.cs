using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Orchestrator.AspNetCore.Bodies;
using Orchestrator.AspNetCore.Http;
using Orchestrator.AspNetCore.Runs;

namespace Orchestrator.AspNetCore.Heartbeats;

/// <summary>Takes many heartbeats at once. What cannot be read of one fails that one alone, and is noted for the run that it names.</summary>
/// <param name="heartbeats">What takes the heartbeats.</param>
/// <param name="options">
/// The largest item, for which the two quotes that a bare <c>NaN</c>, <c>Infinity</c> or <c>-Infinity</c> gets are counted, and whether 202 is answered instead
/// of a refusal that passes.
/// </param>
internal sealed class HeartbeatBatchEndpoint(IHeartbeatOperations heartbeats, HeartbeatOptions options)
{
    private const int MaxBodyBytes = 4 * 1024 * 1024;
    private const int MaxItems = 1_000;

    public async Task ReportAsync(HttpContext context)
    {
        var read = await BodyReader.ReadAsync(context, MaxBodyBytes, json => BareNumbers.Parse(json, BarePlaces.HeartbeatBatch, ParseItems))
            .ConfigureAwait(false);
        if (!read.TryGet(out var items, out var refusal))
        {
            await JsonAnswer.WriteAsync(context, refusal).ConfigureAwait(false);
            return;
        }

        var readable = new List<Heartbeat>(items.Count);
        foreach (var item in items)
        {
            if (item.Request.TryGet(out var request, out _))
            {
                readable.Add(request.ToHeartbeat());
            }
        }

        var results = await heartbeats.ReportAsync(readable, context.RequestAborted).ConfigureAwait(false);
        await NoteUnreadableAsync(context, items).ConfigureAwait(false);
        await JsonAnswer.WriteAsync(context, StatusCodes.Status200OK, (items, InOrder(items, results)), Write).ConfigureAwait(false);
    }

    /// <summary>The engine never sees these heartbeats, and their workers must be seen.</summary>
    private async ValueTask NoteUnreadableAsync(HttpContext context, List<HeartbeatBatchItem> items)
    {
        var notes = new HashSet<(RunId, RefusalCode)>();
        foreach (var (request, run) in items)
        {
            if (!run.IsDefault && request.Refusal is { } refusal && notes.Add((run, refusal.Code)) && !context.RequestAborted.IsCancellationRequested)
            {
                await heartbeats.NoteUnreadableAsync(run, refusal.Code, CancellationToken.None).ConfigureAwait(false);
            }
        }
    }

    private Result<List<HeartbeatBatchItem>> ParseItems(ReadOnlySpan<byte> json)
    {
        var items = new List<HeartbeatBatchItem>();

        // As deep as a body can be, so that the item's own reader finds the fault and it fails alone.
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = MaxBodyBytes });
        try
        {
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartArray)
            {
                return BodyJson.Invalid("The body must be a JSON array.");
            }

            while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
            {
                if (items.Count == MaxItems)
                {
                    return TooMany();
                }

                var start = (int)reader.TokenStartIndex;
                reader.Skip();
                items.Add(HeartbeatBatchItem.Parse(json[start..(int)reader.BytesConsumed], options.MaxBodyBytes));
            }

            reader.Read();
            return items;
        }
        catch (JsonException fault)
        {
            return BodyJson.Invalid(BodyFaults.NoJson(fault));
        }
    }

    private static Refusal TooMany()
    {
        var faults = new Faults();
        faults.Add("heartbeats", $"must have at most {MaxItems} entries");
        return faults.ToRefusal()!;
    }

    private static List<Result<HeartbeatReceipt>> InOrder(List<HeartbeatBatchItem> items, IReadOnlyList<Result<HeartbeatReceipt>> results)
    {
        var next = 0;
        return items.ConvertAll(item => item.Request.Refusal is { } refusal ? refusal : results[next++]);
    }

    /// <summary>Writes a <see cref="HeartbeatBatchResponse"/>, without an object for each answer.</summary>
    private void Write(Utf8JsonWriter json, (List<HeartbeatBatchItem> Items, List<Result<HeartbeatReceipt>> Results) answer)
    {
        var (items, results) = answer;
        json.WriteStartObject();
        json.WriteStartArray("results"u8);
        var repeats = new RepeatedFaults();
        for (var i = 0; i < results.Count; i++)
        {
            var result = results[i];
            json.WriteStartObject();
            if (result.TryGet(out var receipt, out var refusal))
            {
                json.WriteNumber("status"u8, StatusCodes.Status200OK);
                json.WritePropertyName("run"u8);
                RunWriter.Write(json, receipt.Run);
            }
            else if (options.Tolerant && NotStoredResponse.For(refusal, items[i].Request.TryGet(out var request, out _) ? request.Beat : null) is { } notStored)
            {
                json.WriteNumber("status"u8, StatusCodes.Status202Accepted);
                json.WriteBoolean("stored"u8, false);
                json.WriteString("code"u8, notStored.Code);
                json.WriteNumber("retry_after"u8, notStored.RetryAfter);
            }
            else
            {
                json.WriteNumber("status"u8, ProblemCodes.Status(refusal.Code));
                json.WritePropertyName("error"u8);
                JsonSerializer.Serialize(json, ErrorResponse.From(repeats.Shorten(refusal, i)), HeartbeatsJson.Default.ErrorResponse);
            }

            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }
}
