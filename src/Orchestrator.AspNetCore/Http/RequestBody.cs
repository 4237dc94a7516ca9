using System.Text.Json;
using System.Text.Json.Serialization;

namespace Orchestrator.AspNetCore.Http;

/// <summary>An object in a request. Members that are unknown are ignored, and read all the same, so that one that comes twice is noticed.</summary>
internal abstract class RequestBody
{
    [JsonExtensionData]
    public Dictionary<string, JsonElement>? Unknown { get; set; }
}
