namespace Orchestrator;

/// <summary>The control plane: keeps the true record of every run, delivers commands to it, and takes its reports.</summary>
/// <remarks>Safe for concurrent use. In process it is what <c>MapOrchestrator()</c> serves over HTTP, with the same promises.</remarks>
public interface IOrchestrator
{
    /// <summary>Create, read and move runs.</summary>
    IRunOperations Runs { get; }

    /// <summary>Take the reports of workers.</summary>
    IHeartbeatOperations Heartbeats { get; }

    /// <summary>Give commands to runs, hand them to workers, and take their answers.</summary>
    ICommandOperations Commands { get; }
}
