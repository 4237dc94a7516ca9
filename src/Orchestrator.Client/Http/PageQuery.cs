using System.Globalization;

namespace Orchestrator.Client.Http;

/// <summary>The query of a page of a list of one run; empty for the page that the server answers without one.</summary>
internal static class PageQuery
{
    public static string Of(PageRequest? page) => page is null
        ? ""
        : string.Create(CultureInfo.InvariantCulture, $"?limit={page.Limit}&order={WireText.Of(page.Order, ListOrders.ToWireName)}")
            + (page.Cursor is { } cursor ? $"&cursor={Uri.EscapeDataString(cursor)}" : "");
}
