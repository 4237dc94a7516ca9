using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;

namespace Orchestrator.Samples.Cli.Output;

/// <summary>JSON in the shapes of the API's answers.</summary>
internal static class ApiJson
{
    private static readonly JsonSerializerOptions Options = new(WireJson.Default.Options)
    {
        TypeInfoResolver = WireJson.Default.WithAddedModifier(LeaveOutWhatIsAbsent),
    };

    public static string ToText<T>(T value) => JsonSerializer.Serialize(value, TypeOf<T>());

    public static JsonNode? ToNode<T>(T value) => JsonSerializer.SerializeToNode(value, TypeOf<T>());

    private static JsonTypeInfo<T> TypeOf<T>() => (JsonTypeInfo<T>)Options.GetTypeInfo(typeof(T));

    /// <summary>A run that was read without its manifest has no such members, and only the answer to a claim names the hand-over.</summary>
    private static void LeaveOutWhatIsAbsent(JsonTypeInfo type)
    {
        foreach (var member in type.Properties.Where(member => member.Name is "launch_manifest" or "overrides" or "claim_id"))
        {
            member.ShouldSerialize = (_, value) => value is not null;
        }
    }
}
