using System.Collections;
using System.Globalization;
using System.Text.Json;

namespace Orchestrator.Client.Tests;

/// <summary>Everything that a caller can see of an answer, as text.</summary>
internal static class Transcript
{
    /// <summary>What the API does not tell (see <see cref="OrchestratorClient"/>).</summary>
    private static readonly HashSet<string> Untold = ["TunedValue.Sequence", "Acknowledgement.ClaimId"];

    /// <summary>What is drawn at random: only whether it is there can be compared.</summary>
    private static readonly HashSet<string> Random = ["Run.ClaimId"];

    public static string Of(object? value) => value switch
    {
        null => "null",
        string text => $"\"{text}\"",
        JsonElement json => json.GetRawText(),
        DateTimeOffset time => time.ToUniversalTime().ToString("O", CultureInfo.InvariantCulture),
        IFormattable and not IEnumerable when value.GetType().IsPrimitive || value is TimeSpan or Enum =>
            $"{((IFormattable)value).ToString(null, CultureInfo.InvariantCulture)} ({value.GetType().Name})",
        bool flag => flag.ToString(),
        RunId or CommandId or ExperimentId or VersionId => value.ToString()!,
        IDictionary map => Map(map.Keys.Cast<object>().Select(key => (key.ToString()!, map[key]))),
        IEnumerable items when IsMap(value.GetType()) => Map(items.Cast<object>().Select(pair => ((string)Member(pair, "Key")!, Member(pair, "Value")))),
        IEnumerable items => $"[{string.Join(", ", items.Cast<object?>().Select(Of))}]",
        _ => Members(value),
    };

    private static string Members(object value)
    {
        var type = value.GetType();
        if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(Result<>))
        {
            return Member(value, "Refusal") is { } refusal ? Of(refusal) : Of(Member(value, "Value"));
        }

        var members = type.GetProperties()
            .Where(property => property.GetIndexParameters().Length == 0 && !Untold.Contains($"{type.Name}.{property.Name}"))
            .Select(property => $"{property.Name}: {(Random.Contains($"{type.Name}.{property.Name}") ? Presence(property.GetValue(value)) : Of(property.GetValue(value)))}");
        return $"{type.Name} {{ {string.Join(", ", members)} }}";
    }

    private static string Presence(object? value) => value is null ? "null" : "any";

    private static string Map(IEnumerable<(string Key, object? Value)> pairs) =>
        $"{{ {string.Join(", ", pairs.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => $"{pair.Key}: {Of(pair.Value)}"))} }}";

    private static bool IsMap(Type type) =>
        type.GetInterfaces().Any(one => one.IsGenericType && one.GetGenericTypeDefinition() == typeof(IReadOnlyDictionary<,>));

    private static object? Member(object value, string name) => value.GetType().GetProperty(name)!.GetValue(value);
}
