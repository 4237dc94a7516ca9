using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace Orchestrator.Storage;

/// <summary>
/// How stores keep values that have no column of their own: JSON that reads back as it was, numbers digit for digit, times and spans to the tick,
/// and non-finite numbers as <c>"NaN"</c>, <c>"Infinity"</c> and <c>"-Infinity"</c>.
/// </summary>
/// <remarks>
/// Members that a newer version adds are kept by an older one, and written back with what it rewrites: of <see cref="RunHead"/> and <see cref="Command"/> and of
/// what they hold. The types are <see cref="RunHead"/>, <see cref="Command"/>, <see cref="StateTransition"/>,
/// <see cref="AuditEntry"/>, <see cref="IdempotencyRecord"/>, <see cref="HealthPolicy"/>, <see cref="RunClaim"/>, <see cref="EarlierAttempts"/>,
/// <see cref="OperatorWill"/>, <see cref="ResumePoint"/>, <see cref="QuickStatusChanges"/>, <see cref="Acknowledgement"/>, maps of names to numbers, texts or <see cref="TunedValue"/>, and, by
/// their type, the data of events.
/// </remarks>
public static class StoredJson
{
    /// <summary>Writes a value.</summary>
    /// <exception cref="NotSupportedException">Values of this type are not kept as JSON.</exception>
    public static string Write<T>(T value) => JsonSerializer.Serialize(value, TypeOf<T>());

    /// <summary>Reads a value that was written by <see cref="Write"/>.</summary>
    /// <exception cref="JsonException">It is no such value.</exception>
    /// <exception cref="NotSupportedException">Values of this type are not kept as JSON.</exception>
    public static T Read<T>(string json) => JsonSerializer.Deserialize(json, TypeOf<T>()) ?? throw new JsonException("a value was stored as null");

    /// <summary>Writes the data of an event.</summary>
    public static string WriteData(EventData data)
    {
        ArgumentNullException.ThrowIfNull(data);
        return JsonSerializer.Serialize(data, StoredJsonContext.Default.GetTypeInfo(data.GetType())!);
    }

    /// <summary>
    /// Reads an event. Where its type is not known, or its data has a value that is not, because a newer version wrote it, the result is an event that is not
    /// known (<see cref="RunEvent.IsKnown"/>): readers get past it.
    /// </summary>
    /// <param name="sequence">Its place among the run's durable events.</param>
    /// <param name="type">The wire name of its type.</param>
    /// <param name="time">Its time.</param>
    /// <param name="run">Its run; the default for an event of the fleet.</param>
    /// <param name="attempt">Its attempt.</param>
    /// <param name="data">Its data, as <see cref="WriteData"/> wrote it.</param>
    public static RunEvent ReadEvent(long sequence, string type, DateTimeOffset time, RunId run, int attempt, string data)
    {
        var read = EventTypes.TryParse(type, out var known) && DataOf(known) is { } kind ? TryReadData(kind, data) : null;
        return read is null
            ? new RunEvent(sequence, default, time, run, attempt, UnknownData.Instance)
            : new RunEvent(sequence, known, time, run, attempt, read);
    }

    private static EventData? TryReadData(Type kind, string json)
    {
        try
        {
            return (EventData?)JsonSerializer.Deserialize(json, StoredJsonContext.Default.GetTypeInfo(kind)!);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <returns>The type of the data; <see langword="null"/> where events of the type are not stored.</returns>
    private static Type? DataOf(EventType type) => type switch
    {
        EventType.RunCreated => typeof(RunCreatedData),
        EventType.RunStateChanged => typeof(StateChangedData),
        EventType.RunHealthChanged => typeof(HealthChangedData),
        EventType.RunLossNotFinite => typeof(LossNotFiniteData),
        EventType.RunHeartbeatRefused => typeof(HeartbeatRefusedData),
        EventType.RunSnoozed => typeof(SnoozedData),
        EventType.RunAttemptStarted => typeof(AttemptStartedData),
        EventType.RunTerminateRecommended => typeof(TerminateRecommendedData),
        EventType.CommandQueued or EventType.CommandDelivered or EventType.CommandAcknowledged
            or EventType.CommandSuperseded or EventType.CommandExpired => typeof(CommandData),
        EventType.FleetSilent => typeof(FleetSilentData),
        EventType.RunRolledBack => typeof(RolledBackData),
        _ => null,
    };

    private static JsonTypeInfo<T> TypeOf<T>() =>
        (JsonTypeInfo<T>?)StoredJsonContext.Default.GetTypeInfo(typeof(T)) ?? throw new NotSupportedException($"{typeof(T)} is not kept as JSON");
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
    IgnoreReadOnlyProperties = true,
    Converters =
    [
        typeof(IdConverter<RunId>), typeof(IdConverter<CommandId>), typeof(IdConverter<ExperimentId>), typeof(IdConverter<VersionId>),
        typeof(RunStateConverter), typeof(EndReasonConverter), typeof(HealthStatusConverter), typeof(RefusalCodeConverter), typeof(ActorTypeConverter),
        typeof(CommandTypeConverter), typeof(CommandStatusConverter), typeof(AckOutcomeConverter), typeof(TunedValueConverter), typeof(LastRefusalConverter),
    ])]
[JsonSerializable(typeof(RunHead))]
[JsonSerializable(typeof(Command))]
[JsonSerializable(typeof(StateTransition))]
[JsonSerializable(typeof(AuditEntry))]
[JsonSerializable(typeof(IdempotencyRecord))]
[JsonSerializable(typeof(HealthPolicy))]
[JsonSerializable(typeof(RunClaim))]
[JsonSerializable(typeof(EarlierAttempts))]
[JsonSerializable(typeof(OperatorWill))]
[JsonSerializable(typeof(ResumePoint))]
[JsonSerializable(typeof(QuickStatusChanges))]
[JsonSerializable(typeof(Acknowledgement))]
[JsonSerializable(typeof(IReadOnlyDictionary<string, double>))]
[JsonSerializable(typeof(IReadOnlyDictionary<string, string>))]
[JsonSerializable(typeof(IReadOnlyDictionary<string, TunedValue>))]
[JsonSerializable(typeof(StoredTunedValue))]
[JsonSerializable(typeof(StoredLastRefusal))]
[JsonSerializable(typeof(RunCreatedData))]
[JsonSerializable(typeof(StateChangedData))]
[JsonSerializable(typeof(HealthChangedData))]
[JsonSerializable(typeof(LossNotFiniteData))]
[JsonSerializable(typeof(HeartbeatRefusedData))]
[JsonSerializable(typeof(SnoozedData))]
[JsonSerializable(typeof(AttemptStartedData))]
[JsonSerializable(typeof(TerminateRecommendedData))]
[JsonSerializable(typeof(CommandData))]
[JsonSerializable(typeof(FleetSilentData))]
[JsonSerializable(typeof(RolledBackData))]
internal sealed partial class StoredJsonContext : JsonSerializerContext;
