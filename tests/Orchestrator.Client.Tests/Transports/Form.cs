using System.Collections;
using System.Globalization;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;

namespace Orchestrator.Client.Tests.Transports;

/// <summary>Writes a request as a text that is the same for equal requests only, whatever types of maps and lists they hold.</summary>
internal static class Form
{
    public static string Of(object? value)
    {
        var text = new StringBuilder();
        Write(text, value);
        return text.ToString();
    }

    private static void Write(StringBuilder text, object? value)
    {
        switch (value)
        {
            case null:
                text.Append("null");
                break;
            case string or RunId or CommandId or ExperimentId or VersionId:
                text.Append(JsonSerializer.Serialize(value.ToString()));
                break;
            case double number:
                text.Append(number.ToString("R", CultureInfo.InvariantCulture));
                break;
            case TimeSpan span:
                text.Append(CultureInfo.InvariantCulture, $"{span.Ticks} ticks");
                break;
            case DateTimeOffset time:
                text.Append(CultureInfo.InvariantCulture, $"{time:O}");
                break;
            case JsonElement json:
                text.Append(JsonSerializer.Serialize(json));
                break;
            case IReadOnlyDictionary<string, string> texts:
                WriteMap(text, texts);
                break;
            case IReadOnlyDictionary<string, double> numbers:
                WriteMap(text, numbers);
                break;
            case IEnumerable items:
                Join(text, '[', items.Cast<object?>(), ']', Write);
                break;
            case ITuple tuple:
                Join(text, '(', Enumerable.Range(0, tuple.Length).Select(i => tuple[i]), ')', Write);
                break;
            case IFormattable:
                text.Append(CultureInfo.InvariantCulture, $"{value}");
                break;
            default:
                var members = value.GetType().GetProperties(BindingFlags.Public | BindingFlags.Instance);
                Join(text, '{', members.Select(member => (member.Name, member.GetValue(value))), '}', WriteMember);
                break;
        }
    }

    private static void WriteMap<T>(StringBuilder text, IReadOnlyDictionary<string, T> map) =>
        Join(text, '{', map.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => (JsonSerializer.Serialize(pair.Key), (object?)pair.Value)), '}', WriteMember);

    private static void WriteMember(StringBuilder text, (string Name, object? Value) member)
    {
        text.Append(member.Name).Append(':');
        Write(text, member.Value);
    }

    private static void Join<T>(StringBuilder text, char start, IEnumerable<T> items, char end, Action<StringBuilder, T> write)
    {
        text.Append(start);
        foreach (var item in items)
        {
            write(text, item);
            text.Append(',');
        }

        text.Append(end);
    }
}
