using Orchestrator.Samples.Tests.Tables;

namespace Orchestrator.Samples.Tests.Ends;

/// <summary>The table of <c>docs/workers.md</c> that says how a block can end.</summary>
internal static class EndsTable
{
    /// <summary>The cells by row and column.</summary>
    public static IReadOnlyDictionary<EndsCell, string> Cells { get; } =
        MarkdownTable.Read("## How a block ends").ToDictionary(cell => new EndsCell(cell.Key.Row, cell.Key.Column), cell => cell.Value);
}
