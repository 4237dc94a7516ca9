using System.Collections;
using System.Globalization;
using System.Reflection;
using System.Text;
using System.Text.Json;

namespace Orchestrator.Storage.Conformance;

/// <summary>
/// Compares what was written with what is read, by value and member by member: a store may give fresh objects, its own collections, and
/// objects of JSON in another order; never another number, time or text.
/// </summary>
public static class Same
{
    /// <summary>Fails unless both are the same value.</summary>
    public static void As(object? expected, object? actual) => Assert.Equal(Describe(expected), Describe(actual));

    /// <summary>A value with everything in it, as text that compares.</summary>
    public static string Describe(object? value)
    {
        var text = new StringBuilder();
        Write(text, value, 0);
        return text.ToString();
    }

    private static void Write(StringBuilder text, object? value, int depth)
    {
        switch (value)
        {
            case null:
                text.Append("null");
                break;
            case string said:
                text.Append(JsonSerializer.Serialize(said));
                break;
            case double number:
                text.Append(number.ToString("R", CultureInfo.InvariantCulture));
                break;
            case DateTimeOffset time:
                text.Append(time.ToUniversalTime().ToString("O", CultureInfo.InvariantCulture));
                break;
            case JsonElement json:
                Write(text, json);
                break;
            case IEnumerable list:
                var items = list.Cast<object?>().ToList();
                WriteMembers(text, '[', ']', items is [not null and var first, ..] && IsPair(first.GetType()) ? InOrder(items) : Numbered(items), depth);
                break;
            case { } plain when plain.GetType() is { IsPrimitive: true } or { IsEnum: true } || plain is TimeSpan or Guid || IsId(plain.GetType()):
                text.Append(CultureInfo.InvariantCulture, $"{plain}");
                break;
            default:
                var properties = value.GetType().GetProperties(BindingFlags.Public | BindingFlags.Instance).OrderBy(property => property.Name, StringComparer.Ordinal);
                text.Append(value.GetType().Name);
                WriteMembers(text, '(', ')', properties.Select(property => (property.Name, property.GetValue(value))), depth);
                break;
        }
    }

    private static void WriteMembers(StringBuilder text, char open, char close, IEnumerable<(string Name, object? Value)> members, int depth)
    {
        text.Append(open);
        foreach (var (name, value) in members)
        {
            text.Append('\n').Append(' ', 2 * (depth + 1)).Append(name).Append(": ");
            Write(text, value, depth + 1);
        }

        text.Append(close);
    }

    private static void Write(StringBuilder text, JsonElement json)
    {
        switch (json.ValueKind)
        {
            case JsonValueKind.Object:
                text.Append('{');
                foreach (var member in json.EnumerateObject().OrderBy(member => member.Name, StringComparer.Ordinal))
                {
                    text.Append(JsonSerializer.Serialize(member.Name)).Append(':');
                    Write(text, member.Value);
                    text.Append(',');
                }

                text.Append('}');
                break;
            case JsonValueKind.Array:
                text.Append('[');
                foreach (var item in json.EnumerateArray())
                {
                    Write(text, item);
                    text.Append(',');
                }

                text.Append(']');
                break;
            case JsonValueKind.String:
                text.Append(JsonSerializer.Serialize(json.GetString()));
                break;
            default:
                text.Append(json.GetRawText());
                break;
        }
    }

    private static IEnumerable<(string Name, object? Value)> Numbered(List<object?> items) => items.Select((item, index) => ($"{index}", item));

    private static IEnumerable<(string Name, object? Value)> InOrder(List<object?> pairs) =>
        pairs.Select(pair => ("", pair)).OrderBy(member => Describe(member.pair), StringComparer.Ordinal);

    private static bool IsPair(Type type) => type.IsGenericType && type.GetGenericTypeDefinition() == typeof(KeyValuePair<,>);

    private static bool IsId(Type type) => type == typeof(RunId) || type == typeof(CommandId) || type == typeof(ExperimentId) || type == typeof(VersionId);
}
