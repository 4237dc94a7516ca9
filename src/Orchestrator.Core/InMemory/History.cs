namespace Orchestrator.Core.InMemory;

/// <summary>Reads pages of rows that stand by rising sequence.</summary>
internal static class History
{
    /// <summary>The rows whose sequence is above <paramref name="after"/>, at most <paramref name="limit"/>.</summary>
    public static IReadOnlyList<T> After<T>(IList<T>? rows, Func<T, long> sequence, long after, int limit)
    {
        if (rows is null)
        {
            return [];
        }

        var (first, end) = (0, rows.Count);
        while (first < end)
        {
            var middle = first + ((end - first) / 2);
            (first, end) = sequence(rows[middle]) > after ? (first, middle) : (middle + 1, end);
        }

        var page = new T[Math.Min(limit, rows.Count - first)];
        for (var i = 0; i < page.Length; i++)
        {
            page[i] = rows[first + i];
        }

        return page;
    }

    /// <summary>Adds rows to a list that is made with its first row, no longer than it must be: most runs have few.</summary>
    public static List<T>? Append<T>(List<T>? rows, IReadOnlyList<T> added)
    {
        if (added.Count > 0)
        {
            rows ??= new List<T>(added.Count);
            rows.AddRange(added);
        }

        return rows;
    }
}
