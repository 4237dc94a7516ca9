using System.Text;
using System.Text.Json;
using Orchestrator.AspNetCore.Bodies;

namespace Orchestrator.AspNetCore.Heartbeats;

/// <summary>One item of a batch.</summary>
/// <param name="Request">The heartbeat, or why it cannot be read.</param>
/// <param name="Run">The run that an unreadable item names; the default where it names none.</param>
internal readonly record struct HeartbeatBatchItem(Result<HeartbeatRequest> Request, RunId Run)
{
    private const int MaxIdBytes = 128;

    /// <summary>Reads an item.</summary>
    /// <param name="json">The item, which is well-formed JSON.</param>
    /// <param name="maxBytes">The most bytes that an item may have.</param>
    public static HeartbeatBatchItem Parse(ReadOnlySpan<byte> json, int maxBytes)
    {
        var request = json.Length > maxBytes ? TooLarge(maxBytes) : BodyJson.Parse(json, HeartbeatsJson.Default.HeartbeatRequest);
        return new(request, request.Refusal is null ? default : FindRun(json));
    }

    private static Refusal TooLarge(int maxBytes) => new(RefusalCode.PayloadTooLarge, $"A heartbeat must not be larger than {maxBytes} bytes.")
    {
        Details = new Dictionary<string, object?> { ["limit"] = maxBytes },
    };

    /// <summary>Reads <c>run_id</c> alone. A text with escapes is passed over: no id needs them.</summary>
    private static RunId FindRun(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = json.Length });
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
        {
            return default;
        }

        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isRun = !reader.ValueIsEscaped && reader.ValueSpan.SequenceEqual("run_id"u8);
            reader.Read();
            if (isRun)
            {
                return reader is { TokenType: JsonTokenType.String, ValueIsEscaped: false, ValueSpan.Length: <= MaxIdBytes }
                    && RunId.TryParse(Encoding.UTF8.GetString(reader.ValueSpan), out var run)
                        ? run
                        : default;
            }

            reader.Skip();
        }

        return default;
    }
}
