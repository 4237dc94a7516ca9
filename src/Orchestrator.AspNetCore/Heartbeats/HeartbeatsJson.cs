using System.Text.Json.Serialization;
using Orchestrator.AspNetCore.Bodies;

namespace Orchestrator.AspNetCore.Heartbeats;

[JsonSourceGenerationOptions(
    GenerationMode = JsonSourceGenerationMode.Metadata, MaxDepth = BodyJson.MaxDepth, AllowDuplicateProperties = false,
    Converters = [typeof(Int64Converter), typeof(Int32Converter), typeof(UnknownValueConverter)])]
[JsonSerializable(typeof(HeartbeatRequest))]
[JsonSerializable(typeof(List<HeartbeatRequest>))]
[JsonSerializable(typeof(HeartbeatResponse))]
[JsonSerializable(typeof(NotStoredResponse))]
[JsonSerializable(typeof(HeartbeatBatchResponse))]
internal sealed partial class HeartbeatsJson : JsonSerializerContext;
