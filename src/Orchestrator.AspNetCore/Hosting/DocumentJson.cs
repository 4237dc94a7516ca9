using System.Text.Json.Serialization;

namespace Orchestrator.AspNetCore.Hosting;

/// <summary>The types of parameters, which a document's schemas need where reflection is off.</summary>
[JsonSourceGenerationOptions(GenerationMode = JsonSourceGenerationMode.Metadata)]
[JsonSerializable(typeof(string[]))]
[JsonSerializable(typeof(int?))]
[JsonSerializable(typeof(double?))]
[JsonSerializable(typeof(DateTimeOffset?))]
internal sealed partial class DocumentJson : JsonSerializerContext;
