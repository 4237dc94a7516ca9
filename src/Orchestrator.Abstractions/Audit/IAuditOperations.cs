namespace Orchestrator;

/// <summary>Read and verify who did what to a run (contract, section 7).</summary>
public interface IAuditOperations
{
    /// <summary>Reads a page of a run's audit chain.</summary>
    /// <param name="run">The run.</param>
    /// <param name="page">Which page. Default: the first 1,000 entries, by sequence.</param>
    /// <param name="cancellationToken">Stops the read.</param>
    /// <returns>The entries, or <see cref="RefusalCode.RunNotFound"/> or <see cref="RefusalCode.StoreUnavailable"/>.</returns>
    ValueTask<Result<Page<AuditEntry>>> ListAsync(RunId run, PageRequest? page = null, CancellationToken cancellationToken = default);

    /// <summary>Recomputes a run's audit chain and holds it against the end and the length that the run keeps.</summary>
    /// <param name="run">The run.</param>
    /// <param name="cancellationToken">Stops the read.</param>
    /// <returns>The verdict, or <see cref="RefusalCode.RunNotFound"/> or <see cref="RefusalCode.StoreUnavailable"/>.</returns>
    ValueTask<Result<AuditVerdict>> VerifyAsync(RunId run, CancellationToken cancellationToken = default);
}
