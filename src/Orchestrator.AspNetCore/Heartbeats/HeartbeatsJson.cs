using System.Text.Json.Serialization;
using Orchestrator.AspNetCore.Http;

namespace Orchestrator.AspNetCore.Heartbeats;

[JsonSourceGenerationOptions(
    GenerationMode = JsonSourceGenerationMode.Metadata, MaxDepth = BodyJson.MaxDepth, AllowDuplicateProperties = false)]
[JsonSerializable(typeof(HeartbeatRequest))]
[JsonSerializable(typeof(List<HeartbeatRequest>))]
[JsonSerializable(typeof(HeartbeatResponse))]
[JsonSerializable(typeof(HeartbeatBatchResponse))]
internal sealed partial class HeartbeatsJson : JsonSerializerContext;
