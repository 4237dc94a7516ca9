namespace Orchestrator;

/// <summary>One page of a list.</summary>
/// <typeparam name="T">What is listed.</typeparam>
/// <param name="Items">The items, in the order of the list.</param>
/// <param name="Next">Where the next page begins; <see langword="null"/> when this is the last.</param>
public sealed record Page<T>(IReadOnlyList<T> Items, string? Next);

/// <summary>Which page of a list to read: of the commands, the transitions or the audit entries of a run.</summary>
public sealed record PageRequest
{
    /// <summary>How many items at most, 1 to 1,000. Default 1,000.</summary>
    public int Limit { get; init; } = 1_000;

    /// <summary>Where to begin: <see cref="Page{T}.Next"/> of the page before; <see langword="null"/> for the first page.</summary>
    public string? Cursor { get; init; }

    /// <summary>The order of the list. Default <see cref="ListOrder.Ascending"/>. Pages of one reading have one order.</summary>
    public ListOrder Order { get; init; } = ListOrder.Ascending;
}

/// <summary>The order of a list by sequence.</summary>
public enum ListOrder
{
    /// <summary>Oldest first.</summary>
    Ascending = 1,

    /// <summary>Newest first.</summary>
    Descending,
}

/// <summary>The wire names of <see cref="ListOrder"/>.</summary>
public static class ListOrders
{
    /// <summary>The name of an order on the wire, such as <c>asc</c>.</summary>
    public static string ToWireName(this ListOrder order) => order switch
    {
        ListOrder.Ascending => "asc",
        ListOrder.Descending => "desc",
        _ => throw new ArgumentOutOfRangeException(nameof(order), order, "not an order"),
    };

    /// <summary>Reads a wire name.</summary>
    /// <param name="text">The name.</param>
    /// <param name="order">The order.</param>
    /// <returns>Whether it is one.</returns>
    public static bool TryParse(string? text, out ListOrder order)
    {
        order = text switch
        {
            "asc" => ListOrder.Ascending,
            "desc" => ListOrder.Descending,
            _ => default,
        };
        return order != default;
    }
}
