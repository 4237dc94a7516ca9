using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;
using Orchestrator.AspNetCore.Audit;
using Orchestrator.AspNetCore.Bodies;

namespace Orchestrator.AspNetCore.Runs;

internal sealed class StartAttemptRequest : RequestBody, INumericBody
{
    [JsonIgnore]
    public override IEnumerable<(string Member, RequestBody? Body)> Parts => [("actor", Actor), ("resume_from", ResumeFrom)];

    [JsonPropertyName("reason")]
    public string? Reason { get; set; }

    [JsonPropertyName("actor")]
    [Description("Required, unless the caller is authenticated.")]
    public ActorBody? Actor { get; set; }

    [JsonPropertyName("expected_attempt")]
    public int? ExpectedAttempt { get; set; }

    [JsonPropertyName("worker_id")]
    [Description("Who goes on. Absent: the run is queued.")]
    public string? WorkerId { get; set; }

    [JsonPropertyName("resume_from")]
    public ResumePointRequest? ResumeFrom { get; set; }

    public string? FindNumberOutOfRange(ReadOnlySpan<byte> json) =>
        Numbers.IsOut(ResumeFrom?.Step) ? "resume_from.step"
        : Numbers.IsOut(ResumeFrom?.CheckpointVersion) ? "resume_from.checkpoint_version"
        : null;

    public AttemptRequest ToRequest() => new()
    {
        Reason = Reason,
        Actor = Actor?.ToActor(),
        ExpectedAttempt = ExpectedAttempt,
        WorkerId = WorkerId,
        ResumeFrom = ResumeFrom?.ToResumeFrom(),
    };
}

internal sealed class ResumePointRequest : RequestBody
{
    [JsonPropertyName("step")]
    [Required]
    public long? Step { get; set; }

    [JsonPropertyName("checkpoint_version")]
    [Required]
    public long? CheckpointVersion { get; set; }

    /// <summary>A missing counter becomes one that no rule allows.</summary>
    public ResumeFrom ToResumeFrom() => new(Step ?? -1, CheckpointVersion ?? -1);
}
