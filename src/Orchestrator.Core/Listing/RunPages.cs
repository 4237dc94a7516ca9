using System.Globalization;
using Orchestrator.Core.Diagnostics;
using Orchestrator.Core.Storage;
using Orchestrator.Core.Validation;
using Orchestrator.Storage;

namespace Orchestrator.Core.Listing;

/// <summary>
/// Reads pages of what belongs to a run. Sequences begin at 1 and have no gaps, so a page in descending order is the page in ascending order that ends where
/// it begins.
/// </summary>
internal sealed class RunPages(RunExecutor executor, Telemetry telemetry)
{
    public const int MaxLimit = 1_000;

    /// <summary>Reads a page.</summary>
    /// <param name="run">The run.</param>
    /// <param name="request">Which page; <see langword="null"/> for the first.</param>
    /// <param name="countOf">How many items the head of a run counts.</param>
    /// <param name="read">Reads from after a sequence.</param>
    /// <param name="sequenceOf">The sequence of an item.</param>
    /// <param name="cancellationToken">Stops the read.</param>
    public async ValueTask<Result<Page<T>>> ReadAsync<T>(
        RunId run, PageRequest? request, Func<RunHead, long> countOf, ReadPage<T> read, Func<T, long> sequenceOf, CancellationToken cancellationToken)
    {
        request ??= new PageRequest();
        if (Check(request, out var from) is { } invalid)
        {
            return invalid;
        }

        if (!(await executor.LoadAsync(new RunLookup(run), cancellationToken).ConfigureAwait(false)).TryGet(out var view, out var refusal))
        {
            return refusal;
        }

        try
        {
            var count = countOf(view.Head);
            return request.Order == ListOrder.Ascending ? await ReadUpAsync(count).ConfigureAwait(false) : await ReadDownAsync(count).ConfigureAwait(false);
        }
        catch (StoreUnavailableException fault)
        {
            telemetry.StoreUnavailable();
            return Refusals.StoreUnavailable(fault);
        }

        async ValueTask<Page<T>> ReadUpAsync(long count)
        {
            var items = await read(run, from ?? 0, request.Limit, cancellationToken).ConfigureAwait(false);
            return new Page<T>(items, items.Count == request.Limit && sequenceOf(items[^1]) < count ? CursorAt(sequenceOf(items[^1])) : null);
        }

        async ValueTask<Page<T>> ReadDownAsync(long count)
        {
            var last = Math.Min((from ?? long.MaxValue) - 1, count);
            var after = Math.Max(0, last - request.Limit);
            var items = last == 0 ? [] : await read(run, after, (int)(last - after), cancellationToken).ConfigureAwait(false);
            return new Page<T>([.. items.Reverse()], after > 0 ? CursorAt(after + 1) : null);
        }
    }

    /// <summary>Checks a request for a page.</summary>
    /// <param name="request">The request.</param>
    /// <param name="from">The last sequence of the page before; <see langword="null"/> for the first page.</param>
    public static Refusal? Check(PageRequest request, out long? from)
    {
        var faults = new Faults();
        from = null;
        if (request.Cursor is { } cursor)
        {
            var isSequence = long.TryParse(cursor, NumberStyles.None, CultureInfo.InvariantCulture, out var sequence) && sequence > 0;
            faults.Require(isSequence, "cursor", Rules.Cursor);
            from = sequence;
        }

        faults.Require(request.Limit is >= 1 and <= MaxLimit, "limit", $"must be from 1 to {MaxLimit}");
        faults.Require(Enum.IsDefined(request.Order), "order", "must be asc or desc");
        return faults.ToRefusal();
    }

    private static string CursorAt(long sequence) => sequence.ToString(CultureInfo.InvariantCulture);
}

/// <summary>Reads a page of what belongs to a run, from after a sequence.</summary>
internal delegate ValueTask<IReadOnlyList<T>> ReadPage<T>(RunId run, long after, int limit, CancellationToken cancellationToken);
