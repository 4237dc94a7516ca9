using System.Text.Json;
using System.Text.Json.Serialization;

namespace Orchestrator.Storage;

/// <summary>An id as its text.</summary>
internal sealed class IdConverter<T> : JsonConverter<T>
    where T : IParsable<T>
{
    public override T Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        T.TryParse(reader.GetString(), null, out var id) ? id : throw new JsonException("not an id");

    public override void Write(Utf8JsonWriter writer, T value, JsonSerializerOptions options) => writer.WriteStringValue(value.ToString());
}

/// <summary>A tuned value, with what is not known of it. The generated code sets no such member of a struct.</summary>
internal sealed class TunedValueConverter : JsonConverter<TunedValue>
{
    public override TunedValue Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        var stored = JsonSerializer.Deserialize(ref reader, StoredJsonContext.Default.StoredTunedValue) ?? throw new JsonException("no tuned value");
        return new TunedValue(stored.Value, stored.Sequence) { Unknown = new UnknownMembers(stored.Unknown) };
    }

    public override void Write(Utf8JsonWriter writer, TunedValue value, JsonSerializerOptions options) => JsonSerializer.Serialize(
        writer,
        new StoredTunedValue { Value = value.Value, Sequence = value.Sequence, Unknown = value.Unknown.Members },
        StoredJsonContext.Default.StoredTunedValue);
}

/// <summary>A tuned value as it is stored.</summary>
internal sealed class StoredTunedValue
{
    public double? Value { get; set; }

    public long Sequence { get; set; }

    [JsonExtensionData]
    public Dictionary<string, JsonElement>? Unknown { get; set; }
}

/// <summary>The last refusal, also where its code is not known.</summary>
internal sealed class LastRefusalConverter : JsonConverter<LastRefusal>
{
    public override LastRefusal Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        var stored = JsonSerializer.Deserialize(ref reader, StoredJsonContext.Default.StoredLastRefusal) ?? throw new JsonException("no refusal");
        return LastRefusal.Of(stored.Code, stored.At) with { Unknown = new UnknownMembers(stored.Unknown) };
    }

    public override void Write(Utf8JsonWriter writer, LastRefusal value, JsonSerializerOptions options) => JsonSerializer.Serialize(
        writer, new StoredLastRefusal { Code = value.Name, At = value.At, Unknown = value.Unknown.Members }, StoredJsonContext.Default.StoredLastRefusal);
}

/// <summary>The last refusal as it is stored.</summary>
internal sealed class StoredLastRefusal
{
    public required string Code { get; set; }

    public required DateTimeOffset At { get; set; }

    [JsonExtensionData]
    public Dictionary<string, JsonElement>? Unknown { get; set; }
}

/// <summary>A closed enum as its wire names.</summary>
internal abstract class WireNameConverter<T>(Func<T, string> toWireName) : JsonConverter<T>
    where T : struct, Enum
{
    private readonly Dictionary<string, T> _values = Enum.GetValues<T>().ToDictionary(toWireName, StringComparer.Ordinal);

    public override T Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.GetString() is { } name && _values.TryGetValue(name, out var value) ? value : throw new JsonException($"not a {typeof(T).Name}");

    public override void Write(Utf8JsonWriter writer, T value, JsonSerializerOptions options) => writer.WriteStringValue(toWireName(value));
}

internal sealed class RunStateConverter() : WireNameConverter<RunState>(RunStates.ToWireName);

internal sealed class EndReasonConverter() : WireNameConverter<EndReason>(EndReasons.ToWireName);

internal sealed class HealthStatusConverter() : WireNameConverter<HealthStatus>(HealthStatuses.ToWireName);

internal sealed class RefusalCodeConverter() : WireNameConverter<RefusalCode>(RefusalCodes.ToWireName);

internal sealed class ActorTypeConverter() : WireNameConverter<ActorType>(ActorTypes.ToWireName);

internal sealed class CommandTypeConverter() : WireNameConverter<CommandType>(CommandTypes.ToWireName);

internal sealed class CommandStatusConverter() : WireNameConverter<CommandStatus>(CommandStatuses.ToWireName);

internal sealed class AckOutcomeConverter() : WireNameConverter<AckOutcome>(AckOutcomes.ToWireName);
