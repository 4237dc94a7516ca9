using System.Runtime.CompilerServices;

namespace Orchestrator;

/// <summary>Reads lists of runs to their end, in process and over HTTP alike.</summary>
public static class RunOperationsExtensions
{
    private const int PageSize = 100;

    /// <summary>Every run of a filter, newest first, read page by page while it is enumerated.</summary>
    /// <param name="runs">Where from.</param>
    /// <param name="filter">Which ones; <see langword="null"/> for all.</param>
    /// <param name="includeManifest">Whether the runs carry manifest and overrides.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <returns>The runs that there were at the beginning; those that are created meanwhile neither shift nor repeat a page.</returns>
    /// <exception cref="RefusedException">A page was refused, while it is enumerated.</exception>
    public static async IAsyncEnumerable<Run> ListAllAsync(
        this IRunOperations runs,
        RunFilter? filter = null,
        bool includeManifest = false,
        [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(runs);
        string? cursor = null;
        do
        {
            var page = (await runs.ListAsync(filter, PageSize, cursor, includeManifest, cancellationToken).ConfigureAwait(false)).Value;
            foreach (var run in page.Items)
            {
                yield return run;
            }

            cursor = page.Next;
        }
        while (cursor is not null);
    }
}
