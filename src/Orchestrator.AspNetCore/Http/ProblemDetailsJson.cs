using System.Collections;
using System.Globalization;
using System.Text.Json.Nodes;

namespace Orchestrator.AspNetCore.Http;

/// <summary>Writes <see cref="Refusal.Details"/>, whose values are of the few kinds that its documentation names.</summary>
internal static class ProblemDetailsJson
{
    public static JsonObject From(IReadOnlyDictionary<string, object?> details)
    {
        var json = new JsonObject();
        foreach (var (name, value) in details)
        {
            json[name] = ToNode(value);
        }

        return json;
    }

    private static JsonNode? ToNode(object? value)
    {
        switch (value)
        {
            case null:
                return null;
            case string text:
                return JsonValue.Create(text);
            case bool flag:
                return JsonValue.Create(flag);
            case int number:
                return JsonValue.Create(number);
            case long number:
                return JsonValue.Create(number);
            case double number:
                return double.IsFinite(number) ? JsonValue.Create(number) : JsonValue.Create(number.ToString(CultureInfo.InvariantCulture));
            case IDictionary map:
                var members = new JsonObject();
                foreach (DictionaryEntry entry in map)
                {
                    members[(string)entry.Key] = ToNode(entry.Value);
                }

                return members;
            case IEnumerable items:
                var array = new JsonArray();
                foreach (var item in items)
                {
                    array.Add(ToNode(item));
                }

                return array;
            default:
                throw new ArgumentOutOfRangeException(nameof(value), value, "a detail is null, text, a number, a list or a map");
        }
    }
}
