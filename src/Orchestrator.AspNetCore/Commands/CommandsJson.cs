using System.Text.Json.Serialization;
using Orchestrator.AspNetCore.Bodies;

namespace Orchestrator.AspNetCore.Commands;

[JsonSourceGenerationOptions(
    GenerationMode = JsonSourceGenerationMode.Metadata, MaxDepth = BodyJson.MaxDepth, AllowDuplicateProperties = false,
    Converters = [typeof(Int64Converter), typeof(Int32Converter), typeof(UnknownValueConverter)])]
[JsonSerializable(typeof(CommandRequest))]
[JsonSerializable(typeof(CommandResponse))]
[JsonSerializable(typeof(CommandListResponse))]
[JsonSerializable(typeof(AcknowledgementRequest))]
internal sealed partial class CommandsJson : JsonSerializerContext;
