using System.ComponentModel;
using System.Text.Json.Serialization;
using Orchestrator.AspNetCore.Commands;
using Orchestrator.AspNetCore.Http;
using Orchestrator.AspNetCore.Runs;

namespace Orchestrator.AspNetCore.Heartbeats;

/// <summary>The answer to a heartbeat that asked for commands.</summary>
internal sealed class HeartbeatResponse
{
    [JsonPropertyName("run")]
    public required RunResponse Run { get; init; }

    [JsonPropertyName("commands")]
    public required IEnumerable<CommandResponse> Commands { get; init; }
}

/// <summary>The answer to a heartbeat that was not stored and would otherwise be refused as one that may come again.</summary>
internal sealed class NotStoredResponse
{
    /// <summary>Seconds where the refusal names none: a worker that cannot take a refusal repeats its heartbeat anyway.</summary>
    private const double DefaultRetry = 1;

    [JsonPropertyName("stored")]
    [Description("Always false.")]
    public bool Stored { get; } = false;

    [JsonPropertyName("code")]
    [Description("heartbeat_throttled or store_unavailable.")]
    public required string Code { get; init; }

    [JsonPropertyName("retry_after")]
    [Description("Seconds until another heartbeat is welcome.")]
    public required double RetryAfter { get; init; }

    /// <summary>The answer for a refusal; <see langword="null"/> where the refusal itself is the answer.</summary>
    /// <param name="refusal">Why the heartbeat was not stored.</param>
    /// <param name="beat">Its number. A worker that numbers its heartbeats can take a refusal.</param>
    public static NotStoredResponse? For(Refusal refusal, long? beat) =>
        beat is null && refusal.Code is RefusalCode.HeartbeatThrottled or RefusalCode.StoreUnavailable
            ? new() { Code = refusal.Code.ToWireName(), RetryAfter = SecondsIn(refusal) }
            : null;

    private static double SecondsIn(Refusal refusal) =>
        refusal.Details.TryGetValue(ProblemCodes.RetryAfter, out var given) && given is double seconds ? seconds : DefaultRetry;
}

internal sealed class HeartbeatBatchResponse
{
    [JsonPropertyName("results")]
    public required IReadOnlyList<HeartbeatResultResponse> Results { get; init; }
}

/// <summary>What became of one heartbeat of a batch.</summary>
internal sealed class HeartbeatResultResponse
{
    [JsonPropertyName("status")]
    public required int Status { get; init; }

    [JsonPropertyName("run")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public RunResponse? Run { get; init; }

    [JsonPropertyName("stored")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    [Description("False with status 202.")]
    public bool? Stored { get; init; }

    [JsonPropertyName("code")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    [Description("With status 202: heartbeat_throttled or store_unavailable.")]
    public string? Code { get; init; }

    [JsonPropertyName("retry_after")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    [Description("With status 202: seconds until another heartbeat is welcome.")]
    public double? RetryAfter { get; init; }

    [JsonPropertyName("error")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public ErrorResponse? Error { get; init; }
}
