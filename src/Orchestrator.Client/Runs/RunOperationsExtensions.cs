using System.Runtime.CompilerServices;

namespace Orchestrator;

/// <summary>Reads lists to their end, page by page, in process and over HTTP alike.</summary>
public static class RunOperationsExtensions
{
    private const int PageSize = 100;

    /// <summary>Every run of a filter, newest first, read page by page while it is enumerated.</summary>
    /// <param name="runs">Where from.</param>
    /// <param name="filter">Which ones; <see langword="null"/> for all.</param>
    /// <param name="detail">How much of each run.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <returns>The runs that there were at the beginning; those that are created meanwhile neither shift nor repeat a page.</returns>
    /// <exception cref="RefusedException">A page was refused, while it is enumerated.</exception>
    public static IAsyncEnumerable<Run> ListAllAsync(
        this IRunOperations runs, RunFilter? filter = null, RunDetail detail = RunDetail.Summary, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(runs);
        return ReadAllAsync((cursor, token) => runs.ListAsync(filter, PageSize, cursor, detail, token), cancellationToken);
    }

    /// <summary>Every transition of a run, oldest first.</summary>
    /// <param name="runs">Where from.</param>
    /// <param name="run">The run.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <exception cref="RefusedException">A page was refused, while it is enumerated.</exception>
    public static IAsyncEnumerable<StateTransition> GetAllTransitionsAsync(this IRunOperations runs, RunId run, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(runs);
        return ReadAllAsync((cursor, token) => runs.GetTransitionsAsync(run, At(cursor), token), cancellationToken);
    }

    /// <summary>Every command of a run, by sequence.</summary>
    /// <param name="commands">Where from.</param>
    /// <param name="run">The run.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <exception cref="RefusedException">A page was refused, while it is enumerated.</exception>
    public static IAsyncEnumerable<Command> ListAllAsync(this ICommandOperations commands, RunId run, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(commands);
        return ReadAllAsync((cursor, token) => commands.ListAsync(run, At(cursor), token), cancellationToken);
    }

    /// <summary>Every entry of a run's audit chain, by sequence.</summary>
    /// <param name="audit">Where from.</param>
    /// <param name="run">The run.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <exception cref="RefusedException">A page was refused, while it is enumerated.</exception>
    public static IAsyncEnumerable<AuditEntry> ListAllAsync(this IAuditOperations audit, RunId run, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(audit);
        return ReadAllAsync((cursor, token) => audit.ListAsync(run, At(cursor), token), cancellationToken);
    }

    private static PageRequest? At(string? cursor) => cursor is null ? null : new PageRequest { Cursor = cursor };

    private static async IAsyncEnumerable<T> ReadAllAsync<T>(
        Func<string?, CancellationToken, ValueTask<Result<Page<T>>>> readPage, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        string? cursor = null;
        do
        {
            var page = (await readPage(cursor, cancellationToken).ConfigureAwait(false)).Value;
            foreach (var item in page.Items)
            {
                yield return item;
            }

            cursor = page.Next;
        }
        while (cursor is not null);
    }
}
