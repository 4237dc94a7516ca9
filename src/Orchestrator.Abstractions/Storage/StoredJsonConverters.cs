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
