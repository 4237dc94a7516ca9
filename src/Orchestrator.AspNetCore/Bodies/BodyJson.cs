using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using System.Text.Unicode;
using Orchestrator.AspNetCore.Http;

namespace Orchestrator.AspNetCore.Bodies;

/// <summary>A body with numbers, whose ranges its JSON type does not say.</summary>
internal interface INumericBody
{
    /// <summary>The member whose number does not fit; <see langword="null"/> when all do.</summary>
    /// <param name="json">The text that the body was read from: a number too large for a double reads as an infinity, as the word "Infinity" does.</param>
    string? FindNumberOutOfRange(ReadOnlySpan<byte> json);
}

/// <summary>Reads JSON strictly: well-formed UTF-8, no member twice, members of the right type, numbers in range, depth up to 32.</summary>
internal static class BodyJson
{
    public const int MaxDepth = 32;

    public static Refusal Invalid(string message) => new(RefusalCode.InvalidJson, message);

    public static Result<T> Parse<T>(ReadOnlySpan<byte> json, JsonTypeInfo<T> type)
        where T : class
    {
        if (!Utf8.IsValid(json))
        {
            return Invalid("The body is not UTF-8.");
        }

        T? body;
        try
        {
            body = JsonSerializer.Deserialize(json, type);
        }
        catch (JsonException fault)
        {
            return Invalid(BodyFaults.Describe(json, fault, type));
        }

        if (body is null)
        {
            return Invalid("The body must be a JSON object.");
        }

        return (body as INumericBody)?.FindNumberOutOfRange(json) is { } member
            ? Invalid($"{member} holds a number that is out of range: integers are from -(2^53-1) to 2^53-1, other numbers up to 1.8e308.")
            : body;
    }

    /// <summary>Reads the body of an operator or a claim: an unknown member is refused by its name, because a misspelt one must not vanish.</summary>
    public static Result<T> ParseStrict<T>(ReadOnlySpan<byte> json, JsonTypeInfo<T> type)
        where T : RequestBody
    {
        var read = Parse(json, type);
        if (!read.TryGet(out var body, out _))
        {
            return read;
        }

        var faults = new Faults();
        foreach (var name in body.FindUnknown())
        {
            faults.Add(name, "is unknown");
        }

        return faults.ToRefusal() is { } refusal ? refusal : read;
    }
}
