using System.Text.Json;

namespace Orchestrator;

/// <summary>What a run was created with, for whoever executes it. It never changes.</summary>
/// <param name="LaunchManifest">A JSON object; reads back JSON-equal, numbers digit for digit.</param>
/// <param name="Overrides">A JSON object, likewise.</param>
public sealed record RunManifest(JsonElement LaunchManifest, JsonElement Overrides)
{
    private static readonly JsonElement EmptyObject = JsonElement.Parse("{}"u8);

    /// <summary>Two empty objects.</summary>
    public static RunManifest Empty { get; } = new(EmptyObject, EmptyObject);
}
