using System.Text.Json.Serialization;

namespace Orchestrator.Client.Audit;

internal sealed class AuditListBody
{
    public required IReadOnlyList<AuditEntry> Entries { get; init; }

    public string? NextCursor { get; init; }
}

/// <summary>The types of Abstractions are what is on the wire, member for member.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(AuditListBody))]
[JsonSerializable(typeof(AuditVerdict))]
internal sealed partial class AuditJson : JsonSerializerContext;
