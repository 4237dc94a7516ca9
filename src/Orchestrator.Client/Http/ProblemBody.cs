using System.Text.Json;
using System.Text.Json.Serialization;

namespace Orchestrator.Client.Http;

/// <summary>The body of a refused request, of which the <c>error</c> member says all.</summary>
internal sealed class ProblemBody
{
    public ErrorBody? Error { get; init; }
}

/// <summary>Why a request was refused.</summary>
internal sealed class ErrorBody
{
    private static readonly Dictionary<string, RefusalCode> Codes =
        Enum.GetValues<RefusalCode>().ToDictionary(RefusalCodes.ToWireName, StringComparer.Ordinal);

    public string? Code { get; init; }

    public string? Message { get; init; }

    public Dictionary<string, JsonElement>? Details { get; init; }

    /// <summary>In a batch, the result that lists the same faults; <see langword="null"/> where this one lists its own.</summary>
    public int? SameAs => Details?.TryGetValue("same_as", out var first) == true && first.ValueKind == JsonValueKind.Number && first.TryGetInt32(out var index) ? index : null;

    /// <summary>The refusal; <see langword="null"/> where its code is none that this client knows.</summary>
    public Refusal? ToRefusal() => Code is not null && Codes.TryGetValue(Code, out var code)
        ? new Refusal(code, Message ?? "")
        {
            Details = Details is null or { Count: 0 } ? new Refusal(code, "").Details : Details.ToDictionary(detail => detail.Key, detail => ToValue(detail.Key, detail.Value)),
        }
        : null;

    /// <summary>The value as it is in process, where numbers have the type that their name asks for.</summary>
    private static object? ToValue(string name, JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => value.GetString(),
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        JsonValueKind.Number => ToNumber(name, value),
        JsonValueKind.Array => ToTexts(value),
        JsonValueKind.Object => value.EnumerateObject().ToDictionary(member => member.Name, member => ToTexts(member.Value)),
        _ => null,
    };

    // Each arm is an object of its own: without the casts all of them would be doubles.
    private static object ToNumber(string name, JsonElement value) => name switch
    {
        "current_attempt" or "limit" when value.TryGetInt32(out var number) => (object)number,
        not "retry_after" when value.TryGetInt64(out var number) => (object)number,
        _ => value.GetDouble(),
    };

    private static IReadOnlyList<string> ToTexts(JsonElement value) => value.ValueKind == JsonValueKind.Array
        ? [.. value.EnumerateArray().Select(item => item.ToString())]
        : [value.ToString()];
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(ProblemBody))]
internal sealed partial class ProblemJson : JsonSerializerContext;
