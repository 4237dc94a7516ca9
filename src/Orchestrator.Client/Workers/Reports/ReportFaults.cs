namespace Orchestrator.Client.Workers.Reports;

/// <summary>What of a report cannot be sent as it is.</summary>
[Flags]
internal enum ReportFaults
{
    /// <summary>Everything can be sent.</summary>
    None = 0,

    /// <summary>The step or the checkpoint is below an earlier one.</summary>
    StepBack = 1,

    /// <summary>A metric has a name that cannot be stored, there are more than 64, or they could not be read.</summary>
    Metrics = 2,

    /// <summary>The throughput or the number of samples is negative.</summary>
    Throughput = 4,

    /// <summary>The place of the checkpoint is longer than 2,048 characters or cannot be stored.</summary>
    CheckpointUri = 8,
}
