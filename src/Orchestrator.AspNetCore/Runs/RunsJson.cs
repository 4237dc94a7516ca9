using System.Text.Json.Serialization;
using Orchestrator.AspNetCore.Bodies;

namespace Orchestrator.AspNetCore.Runs;

[JsonSourceGenerationOptions(
    GenerationMode = JsonSourceGenerationMode.Metadata, MaxDepth = BodyJson.MaxDepth, AllowDuplicateProperties = false,
    Converters = [typeof(Int64Converter), typeof(Int32Converter), typeof(UnknownValueConverter)])]
[JsonSerializable(typeof(RunResponse))]
[JsonSerializable(typeof(RunListResponse))]
[JsonSerializable(typeof(ClaimResponse))]
[JsonSerializable(typeof(TransitionListResponse))]
[JsonSerializable(typeof(CreateRunRequest))]
[JsonSerializable(typeof(MoveRunRequest))]
[JsonSerializable(typeof(ClaimRunRequest))]
[JsonSerializable(typeof(StartAttemptRequest))]
[JsonSerializable(typeof(SnoozeRunRequest))]
internal sealed partial class RunsJson : JsonSerializerContext;
