namespace Orchestrator;

/// <summary>What came of a worker's end of a run (<see cref="WorkerRun.Outcome"/>).</summary>
public enum WorkerRunOutcome
{
    /// <summary>The run is <c>completed</c>.</summary>
    Completed = 1,

    /// <summary>The run is <c>failed</c>.</summary>
    Failed,

    /// <summary>The run is <c>errored</c>: it can be started again.</summary>
    Errored,

    /// <summary>The run is <c>terminated</c>.</summary>
    Terminated,

    /// <summary>The run is <c>queued</c> in a new attempt, and another worker can claim it.</summary>
    HandedBack,

    /// <summary>The end was not recorded: the run had ended, is in another attempt, or is unknown to the orchestrator.</summary>
    Lost,

    /// <summary>The orchestrator refused to record the end. The run keeps its state.</summary>
    Refused,

    /// <summary>
    /// The orchestrator did not answer within <see cref="WorkerRunOptions.FinalReportTimeout"/>, or the host's time to shut down was over. The run keeps its
    /// state, unless the reply was lost.
    /// </summary>
    Undelivered,
}
