using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Orchestrator.AspNetCore.Bodies;

/// <summary>Says in words of the API why a body cannot be read: the exceptions of the serializer speak of its types. Runs for refused bodies only.</summary>
internal static class BodyFaults
{
    private const int LongestName = 64;

    /// <param name="json">The body.</param>
    /// <param name="fault">What the serializer found.</param>
    /// <param name="type">What the body was read as.</param>
    public static string Describe(ReadOnlySpan<byte> json, JsonException fault, JsonTypeInfo type) =>
        fault.Message == UnknownNames.TooMany ? UnknownNames.TooMany : FindInText(json) ?? FindInType(fault.Path ?? "$", type);

    /// <summary>Where text is no JSON.</summary>
    public static string NoJson(JsonException fault) => $"The body is not valid JSON: see byte {fault.BytePositionInLine} of line {fault.LineNumber + 1}.";

    /// <summary>What is wrong with the text, whatever it is read as; <see langword="null"/> for nothing.</summary>
    private static string? FindInText(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = json.Length + 1 });
        var names = new Stack<HashSet<string>>();
        try
        {
            while (reader.Read())
            {
                if (reader.CurrentDepth >= BodyJson.MaxDepth && reader.TokenType is JsonTokenType.StartObject or JsonTokenType.StartArray)
                {
                    return $"The body nests deeper than {BodyJson.MaxDepth} levels.";
                }

                switch (reader.TokenType)
                {
                    case JsonTokenType.StartObject:
                        names.Push(new HashSet<string>(StringComparer.Ordinal));
                        break;
                    case JsonTokenType.EndObject:
                        names.Pop();
                        break;
                    case JsonTokenType.PropertyName when reader.GetString() is { } name && !names.Peek().Add(name):
                        return $"The body has the member '{Shown(name)}' twice.";
                    case JsonTokenType.String:
                        reader.GetString();
                        break;
                }
            }

            return null;
        }
        catch (JsonException fault)
        {
            return NoJson(fault);
        }
        catch (InvalidOperationException)
        {
            return "The body has text with half a surrogate pair.";
        }
    }

    /// <summary>The member whose value is of another type than the API reads.</summary>
    private static string FindInType(string path, JsonTypeInfo type)
    {
        var (at, names) = (type, new List<string>());
        foreach (var segment in Segments(path))
        {
            names.Add(segment);
            var next = at.Kind switch
            {
                JsonTypeInfoKind.Object => at.Properties.FirstOrDefault(property => property.Name == segment)?.PropertyType,
                JsonTypeInfoKind.Dictionary or JsonTypeInfoKind.Enumerable => at.ElementType,
                _ => null,
            };
            if (next is null)
            {
                return $"{Shown(segment)} cannot be read.";
            }

            at = at.Options.GetTypeInfo(next);
        }

        var rule = RuleOf(at);
        return names.Count == 0 ? $"The body {rule}." : $"{Shown(string.Join('.', names))} {rule}.";
    }

    private static string RuleOf(JsonTypeInfo type) => (Nullable.GetUnderlyingType(type.Type) ?? type.Type) switch
    {
        _ when type.Kind is JsonTypeInfoKind.Object or JsonTypeInfoKind.Dictionary => "must be a JSON object",
        _ when type.Kind is JsonTypeInfoKind.Enumerable => "must be a JSON array",
        var value when value == typeof(string) => "must be a string",
        var value when value == typeof(bool) => "must be true or false",
        var value when value == typeof(int) => "must be an integer of 32 bits",
        var value when value == typeof(long) => "must be an integer from -(2^53-1) to 2^53-1",
        var value when value == typeof(double) => "must be a number",
        _ => "cannot be read",
    };

    /// <summary>The names of a path such as <c>$.labels.lr</c>, <c>$.metrics['a b']</c> and <c>$.queued_commands[0]</c>.</summary>
    private static IEnumerable<string> Segments(string path)
    {
        for (var at = 1; at < path.Length;)
        {
            var isQuoted = path.AsSpan(at).StartsWith("['", StringComparison.Ordinal);
            var (start, stop) = isQuoted ? (at + 2, "']") : path[at] == '[' ? (at + 1, "]") : (at + 1, ".[");
            var end = isQuoted ? path.IndexOf(stop, start, StringComparison.Ordinal) : path.IndexOfAny([.. stop], start);
            end = end < 0 ? path.Length : end;
            yield return path[start..end];
            at = isQuoted ? end + 2 : path[at] == '[' ? end + 1 : end;
        }
    }

    private static string Shown(string name) => name.Length <= LongestName ? name : name[..LongestName] + "…";
}
