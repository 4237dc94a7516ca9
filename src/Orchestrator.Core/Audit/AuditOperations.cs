using Orchestrator.Core.Diagnostics;
using Orchestrator.Core.Listing;
using Orchestrator.Core.Storage;
using Orchestrator.Storage;

namespace Orchestrator.Core.Audit;

internal sealed class AuditOperations(RunPages pages, IRunStore store, AuditOptions options, Telemetry telemetry) : IAuditOperations
{
    private const int PageSize = 1_000;

    public ValueTask<Result<Page<AuditEntry>>> ListAsync(RunId run, PageRequest? page = null, CancellationToken cancellationToken = default) =>
        pages.ReadAsync(run, page, head => head.AuditEntries, store.ReadAuditAsync, entry => entry.Sequence, cancellationToken);

    public async ValueTask<Result<AuditVerdict>> VerifyAsync(RunId run, CancellationToken cancellationToken = default)
    {
        if (run.IsDefault)
        {
            return Refusals.RunNotFound(run);
        }

        try
        {
            return await RecomputeAsync(run, cancellationToken).ConfigureAwait(false);
        }
        catch (StoreUnavailableException fault)
        {
            telemetry.StoreUnavailable();
            return Refusals.StoreUnavailable(fault);
        }
    }

    private async ValueTask<Result<AuditVerdict>> RecomputeAsync(RunId run, CancellationToken cancellationToken)
    {
        var verifier = new AuditVerifier(options, run);
        RunHead? head = null;
        for (var after = 0L; ;)
        {
            var page = await store.ReadAuditAsync(run, after, PageSize, cancellationToken).ConfigureAwait(false);
            foreach (var entry in page)
            {
                verifier.Add(entry);
                after = entry.Sequence;
            }

            // Actions go on while a chain is read. What a head counts that was read before, and is still not there, was cut.
            if (page.Count == 0 && head is not null)
            {
                return verifier.Conclude(head);
            }

            if (page.Count < PageSize)
            {
                var view = await store.LoadOneAsync(new RunLookup(run), cancellationToken).ConfigureAwait(false);
                if (view is null)
                {
                    return Refusals.RunNotFound(run);
                }

                head = view.Head;
                if (verifier.Entries >= head.AuditEntries)
                {
                    return verifier.Conclude(head);
                }
            }
        }
    }
}
