namespace Orchestrator.LoadTest.Peers;

/// <summary>A run as a grain.</summary>
internal interface IRunGrain : IGrainWithStringKey
{
    /// <summary>Takes a heartbeat.</summary>
    /// <returns>The progress after it; <see langword="null"/> when the step goes back.</returns>
    ValueTask<GrainProgress?> ReportAsync(GrainHeartbeat heartbeat);
}

/// <summary>Finds, checks, updates and makes a snapshot, as the floor of a heartbeat does.</summary>
internal sealed class RunGrain : Grain, IRunGrain
{
    private GrainProgress _progress = new(RuntimeStatus.Running, 0, null, null, 0, DateTimeOffset.MinValue, 0);

    public ValueTask<GrainProgress?> ReportAsync(GrainHeartbeat heartbeat) => ValueTask.FromResult(heartbeat.Step < _progress.Step
        ? null
        : _progress = new GrainProgress(
            heartbeat.Status, heartbeat.Step, heartbeat.SamplesPerSec, heartbeat.Loss, heartbeat.CheckpointVersion, DateTimeOffset.UtcNow, _progress.Heartbeats + 1))!;
}

// Immutable, so that Orleans hands them over without a copy.
[GenerateSerializer]
[Immutable]
internal sealed record GrainHeartbeat(
    [property: Id(0)] RuntimeStatus Status,
    [property: Id(1)] long Step,
    [property: Id(2)] double? SamplesPerSec,
    [property: Id(3)] double? Loss,
    [property: Id(4)] long CheckpointVersion);

[GenerateSerializer]
[Immutable]
internal sealed record GrainProgress(
    [property: Id(0)] RuntimeStatus Status,
    [property: Id(1)] long Step,
    [property: Id(2)] double? SamplesPerSec,
    [property: Id(3)] double? Loss,
    [property: Id(4)] long CheckpointVersion,
    [property: Id(5)] DateTimeOffset LastHeartbeatAt,
    [property: Id(6)] long Heartbeats);
