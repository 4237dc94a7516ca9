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

    /// <summary>Read and verify who did what to a run.</summary>
    IAuditOperations Audit { get; }

    /// <summary>Reads events, as they happen or from an earlier position on: durable ones at least once and in order per run, the newest progress of each run in between.</summary>
    /// <param name="subscription">Which events, and from where on. Default: all, from now on.</param>
    /// <param name="cancellationToken">Ends the subscription's start; the enumeration takes a token of its own.</param>
    /// <returns>
    /// The events, to be enumerated once; the enumeration ends when the host stops, when its reader falls behind what is kept, or when the run is
    /// dropped. Or <see cref="RefusalCode.ValidationFailed"/>, <see cref="RefusalCode.RunNotFound"/>, <see cref="RefusalCode.CursorExpired"/> or
    /// <see cref="RefusalCode.StoreUnavailable"/>.
    /// </returns>
    ValueTask<Result<EventReading>> SubscribeAsync(
        EventSubscription? subscription = null, CancellationToken cancellationToken = default);
}
