using System.Collections.ObjectModel;
using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using System.Text.Json.Serialization;
using Orchestrator.AspNetCore.Bodies;

namespace Orchestrator.AspNetCore.Runs;

internal sealed class CreateRunRequest : RequestBody, INumericBody
{
    [JsonIgnore]
    public override IEnumerable<(string Member, RequestBody? Body)> Parts => [("health_policy", HealthPolicy)];

    [JsonPropertyName("id")]
    [Description("Absent: a fresh one.")]
    public string? Id { get; set; }

    [JsonPropertyName("experiment_id")]
    [Required]
    public string? ExperimentId { get; set; }

    [JsonPropertyName("version_id")]
    [Required]
    public string? VersionId { get; set; }

    [JsonPropertyName("launch_manifest")]
    [Description("A JSON object; it is kept digit for digit.")]
    public JsonElement? LaunchManifest { get; set; }

    [JsonPropertyName("overrides")]
    [Description("A JSON object; it is kept digit for digit.")]
    public JsonElement? Overrides { get; set; }

    [JsonPropertyName("labels")]
    public Dictionary<string, string>? Labels { get; set; }

    [JsonPropertyName("requires")]
    [Description("What a worker must offer to be given the run.")]
    public Dictionary<string, string>? Requires { get; set; }

    [JsonPropertyName("priority")]
    [Description("Higher is claimed first.")]
    public int? Priority { get; set; }

    [JsonPropertyName("health_policy")]
    public HealthPolicyBody? HealthPolicy { get; set; }

    [JsonPropertyName("created_by")]
    [Description("Absent: the authenticated caller.")]
    public string? CreatedBy { get; set; }

    public string? FindNumberOutOfRange(ReadOnlySpan<byte> json) => HealthPolicy is { HasInfinity: true } ? "health_policy" : null;

    public NewRun ToNewRun() => new()
    {
        Id = Id is null ? null : RunId.TryParse(Id, out var id) ? id : default(RunId),
        ExperimentId = Orchestrator.ExperimentId.TryParse(ExperimentId, out var experiment) ? experiment : default,
        VersionId = Orchestrator.VersionId.TryParse(VersionId, out var version) ? version : default,
        LaunchManifest = LaunchManifest,
        Overrides = Overrides,
        Labels = Labels is null ? ReadOnlyDictionary<string, string>.Empty : Labels,
        Requires = Requires is null ? ReadOnlyDictionary<string, string>.Empty : Requires,
        Priority = Priority ?? 0,
        HealthPolicy = HealthPolicy?.ToPolicy(),
        CreatedBy = CreatedBy,
    };
}
