using System.Text.Json;
using System.Text.Json.Serialization;

namespace Orchestrator.AspNetCore.Bodies;

/// <summary>An object in a request. The names of unknown members are kept: a name that comes twice is refused, and bodies of operators may have none.</summary>
internal abstract class RequestBody
{
    [JsonExtensionData]
    public UnknownNames? Unknown { get; set; }

    /// <summary>The objects in this one, by the name of their member.</summary>
    [JsonIgnore]
    public virtual IEnumerable<(string Member, RequestBody? Body)> Parts => [];

    /// <summary>The path of each unknown member, of this object and of those in it.</summary>
    public IEnumerable<string> FindUnknown() =>
        (Unknown?.Keys ?? Enumerable.Empty<string>())
            .Concat(Parts.SelectMany(part => part.Body?.FindUnknown().Select(name => $"{part.Member}.{name}") ?? []));
}

/// <summary>The names of unknown members, without their values. More than 64 in one object are refused, so that a body costs little beside its own bytes.</summary>
internal sealed class UnknownNames() : Dictionary<string, object?>(StringComparer.Ordinal), IDictionary<string, object?>
{
    public const string TooMany = "The body has an object with more than 64 unknown members.";

    private const int Max = 64;

    void IDictionary<string, object?>.Add(string key, object? value)
    {
        if (Count == Max)
        {
            throw new JsonException(TooMany);
        }

        Add(key, value);
    }
}

/// <summary>Passes over the value of an unknown member. An object in it with the same name twice is refused.</summary>
internal sealed class UnknownValueConverter : JsonConverter<object>
{
    private static readonly object PassedOver = new();

    public override object Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        PassOver(ref reader);
        return PassedOver;
    }

    public override void Write(Utf8JsonWriter writer, object value, JsonSerializerOptions options) =>
        throw new NotSupportedException("an unknown member is never written");

    private static void PassOver(ref Utf8JsonReader reader)
    {
        switch (reader.TokenType)
        {
            case JsonTokenType.StartArray:
                while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
                {
                    PassOver(ref reader);
                }

                break;
            case JsonTokenType.StartObject:
                var names = new HashSet<string>(StringComparer.Ordinal);
                while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
                {
                    if (!names.Add(reader.GetString()!))
                    {
                        throw new JsonException();
                    }

                    reader.Read();
                    PassOver(ref reader);
                }

                break;
        }
    }
}
