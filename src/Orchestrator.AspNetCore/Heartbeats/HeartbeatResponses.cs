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

    [JsonPropertyName("error")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public ErrorResponse? Error { get; init; }
}
