using System.Text.Json;
using System.Text.Json.Serialization;

namespace Orchestrator.Client.Heartbeats;

/// <summary>The body of a heartbeat. The loss and the throughput are always written, as <c>null</c> where they were not measured.</summary>
internal sealed class HeartbeatRequestBody
{
    public required RunId RunId { get; init; }

    public required RuntimeStatus? Status { get; init; }

    public required long? Step { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public required double? SamplesPerSec { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public required double? Loss { get; init; }

    public required long? CheckpointVersion { get; init; }

    public required string? CheckpointUri { get; init; }

    public required IReadOnlyList<CommandId>? QueuedCommands { get; init; }

    public required string? Notes { get; init; }

    public required int? Attempt { get; init; }

    public required string? ClaimId { get; init; }

    public required long? Beat { get; init; }

    public required IReadOnlyDictionary<string, double>? Metrics { get; init; }

    public static byte[] Write(Heartbeat heartbeat) =>
        JsonSerializer.SerializeToUtf8Bytes(From(heartbeat), HeartbeatsJson.Default.HeartbeatRequestBody);

    private static HeartbeatRequestBody From(Heartbeat heartbeat) => new()
    {
        RunId = heartbeat.RunId,
        Status = heartbeat.Status,
        Step = heartbeat.Step,
        SamplesPerSec = heartbeat.SamplesPerSec,
        Loss = heartbeat.Loss,
        CheckpointVersion = heartbeat.CheckpointVersion,
        CheckpointUri = heartbeat.CheckpointUri,
        QueuedCommands = heartbeat.QueuedCommands,
        Notes = heartbeat.Notes,
        Attempt = heartbeat.Attempt,
        ClaimId = heartbeat.ClaimId,
        Beat = heartbeat.Beat,
        Metrics = heartbeat.Metrics,
    };
}
