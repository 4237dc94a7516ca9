using System.Text.Json;
using System.Text.Json.Serialization;
using Orchestrator.Client.Commands;
using Orchestrator.Client.Http;
using Orchestrator.Client.Runs;

namespace Orchestrator.Client.Events;

/// <summary>The envelope of an event (contract, section 6).</summary>
internal sealed class EventBody
{
    public required long Sequence { get; init; }

    public required string Type { get; init; }

    public required DateTimeOffset Time { get; init; }

    public RunId? RunId { get; init; }

    public required int Attempt { get; init; }

    public required JsonElement Data { get; init; }

    /// <summary>Reads an event; <see langword="null"/> for one of a kind, or with a word, that this client does not know yet.</summary>
    public static RunEvent? Read(string json)
    {
        try
        {
            return JsonSerializer.Deserialize(json, EventsJson.Default.EventBody)?.ToEvent();
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private RunEvent? ToEvent() => EventTypes.TryParse(Type, out var type)
        ? new RunEvent(Sequence, type, Time, RunId ?? default, Attempt, ToData(type))
        : null;

    private EventData ToData(EventType type) => type switch
    {
        EventType.RunCreated => Read(EventsJson.Default.RunCreatedData),
        EventType.RunStateChanged => Read(EventsJson.Default.StateChangedBody).ToData(Attempt, Time),
        EventType.RunHealthChanged => Read(EventsJson.Default.HealthChangedBody).ToData(),
        EventType.RunProgress => new ProgressData(Read(RunsJson.Default.RunBody).ToRun()),
        EventType.RunLossNotFinite => Read(EventsJson.Default.LossNotFiniteData),
        EventType.RunHeartbeatRefused => Read(EventsJson.Default.HeartbeatRefusedData),
        EventType.RunSnoozed => Read(EventsJson.Default.SnoozedBody).ToData(),
        EventType.RunAttemptStarted => Read(EventsJson.Default.AttemptStartedBody).ToData(),
        EventType.RunTerminateRecommended => new TerminateRecommendedData(Read(EventsJson.Default.SilenceBody).SilenceSeconds),
        EventType.CommandQueued or EventType.CommandDelivered or EventType.CommandAcknowledged
            or EventType.CommandSuperseded or EventType.CommandExpired => new CommandData(Read(CommandsJson.Default.Command)),
        EventType.FleetSilent => Read(EventsJson.Default.FleetSilentData),
        _ => throw new JsonException("an event of no known type"),
    };

    private T Read<T>(System.Text.Json.Serialization.Metadata.JsonTypeInfo<T> type) =>
        Data.Deserialize(type) ?? throw new JsonException("an event without data");
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
    Converters =
    [
        typeof(IdConverter<RunId>), typeof(IdConverter<ExperimentId>), typeof(IdConverter<VersionId>), typeof(RunStateConverter),
        typeof(HealthStatusConverter), typeof(EndReasonConverter), typeof(RefusalCodeConverter), typeof(ActorTypeConverter),
        typeof(SecondsConverter),
    ])]
[JsonSerializable(typeof(EventBody))]
[JsonSerializable(typeof(RunCreatedData))]
[JsonSerializable(typeof(StateChangedBody))]
[JsonSerializable(typeof(HealthChangedBody))]
[JsonSerializable(typeof(LossNotFiniteData))]
[JsonSerializable(typeof(HeartbeatRefusedData))]
[JsonSerializable(typeof(SnoozedBody))]
[JsonSerializable(typeof(AttemptStartedBody))]
[JsonSerializable(typeof(SilenceBody))]
[JsonSerializable(typeof(FleetSilentData))]
internal sealed partial class EventsJson : JsonSerializerContext;
