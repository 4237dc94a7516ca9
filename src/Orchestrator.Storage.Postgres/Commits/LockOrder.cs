namespace Orchestrator.Storage.Postgres.Commits;

/// <summary>The one order in which everybody locks the rows of runs: by id, byte by byte, as the database sorts them too.</summary>
internal static class LockOrder
{
    /// <returns>The places of the writes, in that order.</returns>
    public static int[] Of(ReadOnlySpan<RunWrite> writes)
    {
        var order = new int[writes.Length];
        var ids = new string[writes.Length];
        for (var i = 0; i < order.Length; i++)
        {
            (order[i], ids[i]) = (i, writes[i].Run.Value);
        }

        Array.Sort(ids, order, StringComparer.Ordinal);
        return order;
    }
}
