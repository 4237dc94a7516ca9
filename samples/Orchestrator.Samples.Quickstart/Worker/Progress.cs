namespace Orchestrator.Samples.Quickstart.Worker;

/// <summary>Where a training stands: what a heartbeat tells.</summary>
/// <param name="Status">What the worker is doing: <c>running</c>, <c>paused</c> or <c>terminating</c>.</param>
/// <param name="Step">The steps taken.</param>
/// <param name="Loss">The loss of the newest step. May be anything, also not a number.</param>
/// <param name="SamplesPerSecond">The throughput of late.</param>
/// <param name="CheckpointVersion">The newest checkpoint; 0 before the first.</param>
/// <param name="Accuracy">The share of held-out samples that are classified correctly.</param>
/// <param name="LearningRate">The learning rate in force.</param>
public sealed record Progress(
    string Status, long Step, double Loss, double SamplesPerSecond, long CheckpointVersion, double Accuracy, double LearningRate);
