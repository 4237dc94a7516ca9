using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Orchestrator.Client.Http;

/// <summary>An id as its text. No id is written as no text, which the server refuses.</summary>
internal sealed class IdConverter<T> : JsonConverter<T>
    where T : struct, IParsable<T>
{
    public override T Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        T.TryParse(reader.GetString(), null, out var id) ? id : throw new JsonException("not an id");

    public override void Write(Utf8JsonWriter writer, T value, JsonSerializerOptions options) => writer.WriteStringValue(value.ToString());
}

/// <summary>A closed enum as its wire names. A value that is none is written as its number, which the server refuses.</summary>
internal abstract class WireNameConverter<T>(Func<T, string> toWireName) : JsonConverter<T>
    where T : struct, Enum
{
    private readonly Dictionary<string, T> _values = Enum.GetValues<T>().ToDictionary(toWireName, StringComparer.Ordinal);

    public override T Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.GetString() is { } name && _values.TryGetValue(name, out var value) ? value : throw new JsonException($"not a {typeof(T).Name}");

    public override void Write(Utf8JsonWriter writer, T value, JsonSerializerOptions options) => writer.WriteStringValue(WireText.Of(value, toWireName));
}

internal sealed class RunStateConverter() : WireNameConverter<RunState>(RunStates.ToWireName);

internal sealed class RuntimeStatusConverter() : WireNameConverter<RuntimeStatus>(RuntimeStatuses.ToWireName);

internal sealed class HealthStatusConverter() : WireNameConverter<HealthStatus>(HealthStatuses.ToWireName);

internal sealed class EndReasonConverter() : WireNameConverter<EndReason>(EndReasons.ToWireName);

internal sealed class RefusalCodeConverter() : WireNameConverter<RefusalCode>(RefusalCodes.ToWireName);

internal sealed class ActorTypeConverter() : WireNameConverter<ActorType>(ActorTypes.ToWireName);

internal sealed class CommandTypeConverter() : WireNameConverter<CommandType>(CommandTypes.ToWireName);

internal sealed class CommandStatusConverter() : WireNameConverter<CommandStatus>(CommandStatuses.ToWireName);

internal sealed class AckOutcomeConverter() : WireNameConverter<AckOutcome>(AckOutcomes.ToWireName);

/// <summary>A span as a number of seconds.</summary>
internal sealed class SecondsConverter : JsonConverter<TimeSpan>
{
    public override TimeSpan Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        TimeSpan.FromTicks((long)Math.Round(reader.GetDouble() * TimeSpan.TicksPerSecond));

    public override void Write(Utf8JsonWriter writer, TimeSpan value, JsonSerializerOptions options) => writer.WriteNumberValue(value.TotalSeconds);
}

/// <summary>Values as the text of a query or a body.</summary>
internal static class WireText
{
    public static string Of<T>(T value, Func<T, string> toWireName)
        where T : struct, Enum =>
        Enum.IsDefined(value) ? toWireName(value) : value.ToString("D");

    public static string Of(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.FFFFFFF'Z'", CultureInfo.InvariantCulture);
}
