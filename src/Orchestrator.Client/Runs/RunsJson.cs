using System.Text.Json.Serialization;
using Orchestrator.Client.Http;

namespace Orchestrator.Client.Runs;

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
    Converters =
    [
        typeof(IdConverter<RunId>), typeof(IdConverter<ExperimentId>), typeof(IdConverter<VersionId>), typeof(RunStateConverter),
        typeof(RuntimeStatusConverter), typeof(HealthStatusConverter), typeof(EndReasonConverter),
        typeof(ActorTypeConverter), typeof(SecondsConverter),
    ])]
[JsonSerializable(typeof(RunBody))]
[JsonSerializable(typeof(RunListBody))]
[JsonSerializable(typeof(ClaimedBody))]
[JsonSerializable(typeof(TransitionListBody))]
[JsonSerializable(typeof(NewRun))]
[JsonSerializable(typeof(ClaimBody))]
[JsonSerializable(typeof(AttemptRequest))]
[JsonSerializable(typeof(MoveBody))]
[JsonSerializable(typeof(SnoozeBody))]
internal sealed partial class RunsJson : JsonSerializerContext;
