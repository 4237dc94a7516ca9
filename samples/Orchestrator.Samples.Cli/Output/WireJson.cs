using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace Orchestrator.Samples.Cli.Output;

/// <summary>A page of runs, as the API has it.</summary>
internal sealed record RunListBody(IReadOnlyList<Run> Runs, string? NextCursor);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
    Converters =
    [
        typeof(RunIdConverter), typeof(CommandIdConverter), typeof(ExperimentIdConverter), typeof(VersionIdConverter), typeof(RunStateConverter),
        typeof(RuntimeStatusConverter), typeof(HealthStatusConverter), typeof(EndReasonConverter), typeof(RefusalCodeConverter),
        typeof(ActorTypeConverter), typeof(CommandTypeConverter), typeof(CommandStatusConverter), typeof(AckOutcomeConverter),
        typeof(TimeConverter), typeof(SecondsConverter), typeof(TunedConverter),
    ])]
[JsonSerializable(typeof(RunListBody))]
[JsonSerializable(typeof(Command))]
[JsonSerializable(typeof(AuditVerdict))]
[JsonSerializable(typeof(JsonObject))]
[JsonSerializable(typeof(double))]
internal sealed partial class WireJson : JsonSerializerContext;
