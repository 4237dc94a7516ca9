using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Orchestrator.Samples.Cli.Output;

/// <summary>Writes a value as text; nothing is read back.</summary>
internal abstract class TextConverter<T>(Func<T, string> toText) : JsonConverter<T>
{
    public override T Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => throw new NotSupportedException();

    public override void Write(Utf8JsonWriter writer, T value, JsonSerializerOptions options) => writer.WriteStringValue(toText(value));
}

/// <summary>Writes a value as a number; nothing is read back.</summary>
internal abstract class NumberConverter<T>(Func<T, double> toNumber) : JsonConverter<T>
{
    public override T Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => throw new NotSupportedException();

    public override void Write(Utf8JsonWriter writer, T value, JsonSerializerOptions options) => writer.WriteNumberValue(toNumber(value));
}

internal sealed class RunIdConverter() : TextConverter<RunId>(id => id.Value);

internal sealed class CommandIdConverter() : TextConverter<CommandId>(id => id.Value);

internal sealed class ExperimentIdConverter() : TextConverter<ExperimentId>(id => id.Value);

internal sealed class VersionIdConverter() : TextConverter<VersionId>(id => id.Value);

internal sealed class RunStateConverter() : TextConverter<RunState>(RunStates.ToWireName);

internal sealed class RuntimeStatusConverter() : TextConverter<RuntimeStatus>(RuntimeStatuses.ToWireName);

internal sealed class HealthStatusConverter() : TextConverter<HealthStatus>(HealthStatuses.ToWireName);

internal sealed class EndReasonConverter() : TextConverter<EndReason>(EndReasons.ToWireName);

internal sealed class RefusalCodeConverter() : TextConverter<RefusalCode>(RefusalCodes.ToWireName);

internal sealed class ActorTypeConverter() : TextConverter<ActorType>(ActorTypes.ToWireName);

internal sealed class CommandTypeConverter() : TextConverter<CommandType>(CommandTypes.ToWireName);

internal sealed class CommandStatusConverter() : TextConverter<CommandStatus>(CommandStatuses.ToWireName);

internal sealed class AckOutcomeConverter() : TextConverter<AckOutcome>(AckOutcomes.ToWireName);

internal sealed class TimeConverter() : TextConverter<DateTimeOffset>(
    time => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.FFFFFF'Z'", CultureInfo.InvariantCulture));

internal sealed class SecondsConverter() : NumberConverter<TimeSpan>(span => span.TotalSeconds);

internal sealed class TunedConverter() : NumberConverter<TunedValue>(tuned => tuned.Value!.Value);
