using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;
using Orchestrator.AspNetCore.Bodies;

namespace Orchestrator.AspNetCore.Heartbeats;

/// <summary>A worker's report.</summary>
internal sealed class HeartbeatRequest : RequestBody, INumericBody
{
    private bool _hasSamplesPerSec;
    private bool _hasLoss;

    [JsonPropertyName("run_id")]
    [Required]
    public string? RunId { get; set; }

    [JsonPropertyName("status")]
    [Required]
    [Description("running, paused, terminating or errored.")]
    public string? Status { get; set; }

    [JsonPropertyName("step")]
    [Required]
    public long? Step { get; set; }

    [JsonPropertyName("samples_per_sec")]
    [Required]
    [RegularExpression(Numbers.NonFiniteTexts)]
    [JsonNumberHandling(JsonNumberHandling.AllowNamedFloatingPointLiterals)]
    [Description("A number, one of NaN, Infinity and -Infinity, as strings or bare, or null where it is not measured.")]
    public double? SamplesPerSec
    {
        get;
        set => (field, _hasSamplesPerSec) = (value, true);
    }

    [JsonPropertyName("loss")]
    [Required]
    [RegularExpression(Numbers.NonFiniteTexts)]
    [JsonNumberHandling(JsonNumberHandling.AllowNamedFloatingPointLiterals)]
    [Description("A number, one of NaN, Infinity and -Infinity, as strings or bare, or null where it is not measured.")]
    public double? Loss
    {
        get;
        set => (field, _hasLoss) = (value, true);
    }

    [JsonPropertyName("checkpoint_version")]
    [Required]
    public long? CheckpointVersion { get; set; }

    [JsonPropertyName("checkpoint_uri")]
    public string? CheckpointUri { get; set; }

    [JsonPropertyName("queued_commands")]
    [Description("The ids of commands that the worker still buffers.")]
    public List<string?>? QueuedCommands { get; set; }

    [JsonPropertyName("notes")]
    [Description("Becomes status_message.")]
    public string? Notes { get; set; }

    [JsonPropertyName("attempt")]
    [Description("Required for a run that was claimed.")]
    public int? Attempt { get; set; }

    [JsonPropertyName("claim_id")]
    [Description("The hand-over that the worker executes, from the answer to its claim.")]
    public string? ClaimId { get; set; }

    [JsonPropertyName("beat")]
    [Description("Rises within an attempt; a late duplicate is recognised by it.")]
    public long? Beat { get; set; }

    [JsonPropertyName("metrics")]
    [JsonNumberHandling(JsonNumberHandling.AllowNamedFloatingPointLiterals)]
    [Description("Up to 64 custom numbers. A null is left out.")]
    public Dictionary<string, double?>? Metrics { get; set; }

    public string? FindNumberOutOfRange(ReadOnlySpan<byte> json) =>
        Numbers.IsOut(Step) ? "step"
        : Numbers.IsOut(CheckpointVersion) ? "checkpoint_version"
        : Numbers.IsOut(Beat) ? "beat"
        : (Numbers.IsInfinite(Loss) || Numbers.IsInfinite(SamplesPerSec) || Numbers.AnyInfinite(Metrics)) && Numbers.Overflow(json) ? "loss, samples_per_sec or metrics"
        : null;

    /// <param name="path">The run that it was sent to, whose id is mostly its own.</param>
    public Heartbeat ToHeartbeat(RunId path = default) => new()
    {
        RunId = RunId == path.ToString() ? path : Orchestrator.RunId.TryParse(RunId, out var run) ? run : default,
        Status = Status is null ? null : RuntimeStatuses.TryParse(Status, out var status) ? status : (RuntimeStatus)(-1),
        Step = Step,
        SamplesPerSec = SamplesPerSec,
        HasSamplesPerSec = _hasSamplesPerSec,
        Loss = Loss,
        HasLoss = _hasLoss,
        CheckpointVersion = CheckpointVersion,
        CheckpointUri = CheckpointUri,
        QueuedCommands = QueuedCommands?.ConvertAll(text => CommandId.TryParse(text, out var id) ? id : default),
        Notes = Notes,
        Attempt = Attempt,
        ClaimId = ClaimId,
        Beat = Beat,
        Metrics = Numbers.WithoutNull(Metrics),
    };
}
