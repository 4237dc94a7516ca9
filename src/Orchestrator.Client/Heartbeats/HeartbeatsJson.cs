using System.Text.Json.Serialization;
using Orchestrator.Client.Http;
using Orchestrator.Client.Runs;

namespace Orchestrator.Client.Heartbeats;

/// <summary>The answer to a heartbeat that asked for commands.</summary>
internal sealed class HeartbeatBody
{
    public required RunBody Run { get; init; }

    public required IReadOnlyList<Command> Commands { get; init; }

    public HeartbeatReceipt ToReceipt() => new(Run.ToRun(), Commands);
}

internal sealed class HeartbeatBatchBody
{
    public required IReadOnlyList<HeartbeatResultBody> Results { get; init; }
}

/// <summary>What became of one heartbeat of a batch.</summary>
internal sealed class HeartbeatResultBody
{
    public RunBody? Run { get; init; }

    public ErrorBody? Error { get; init; }
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
    Converters =
    [
        typeof(IdConverter<RunId>), typeof(IdConverter<CommandId>), typeof(IdConverter<ExperimentId>), typeof(IdConverter<VersionId>),
        typeof(RunStateConverter), typeof(RuntimeStatusConverter), typeof(HealthStatusConverter), typeof(EndReasonConverter),
        typeof(RefusalCodeConverter), typeof(CommandTypeConverter), typeof(CommandStatusConverter), typeof(AckOutcomeConverter),
        typeof(ActorTypeConverter), typeof(SecondsConverter),
    ])]
[JsonSerializable(typeof(HeartbeatRequestBody))]
[JsonSerializable(typeof(HeartbeatBody))]
[JsonSerializable(typeof(HeartbeatBatchBody))]
internal sealed partial class HeartbeatsJson : JsonSerializerContext;
