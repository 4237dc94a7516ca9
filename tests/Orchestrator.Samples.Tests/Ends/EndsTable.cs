using System.Text.RegularExpressions;

namespace Orchestrator.Samples.Tests.Ends;

/// <summary>The table of <c>docs/workers.md</c> that says how a block can end.</summary>
internal static partial class EndsTable
{
    private const string Heading = "## How a block ends";

    /// <summary>The cells by row and column, without the numbers of their notes.</summary>
    public static IReadOnlyDictionary<EndsCell, string> Cells { get; } = Read();

    private static Dictionary<EndsCell, string> Read()
    {
        var rows = Lines()
            .SkipWhile(line => line != Heading)
            .SkipWhile(line => !line.StartsWith('|'))
            .TakeWhile(line => line.StartsWith('|'))
            .Select(line => line.Trim()[1..^1].Split('|').Select(cell => Note().Replace(cell, "").Trim()).ToArray())
            .ToList();
        var cells = from row in rows.Skip(2)
                    from column in Enumerable.Range(1, rows[0].Length - 1)
                    select (Cell: new EndsCell(row[0], rows[0][column]), Text: row[column]);
        return cells.ToDictionary(one => one.Cell, one => one.Text);
    }

    private static string[] Lines()
    {
        using var stream = typeof(EndsTable).Assembly.GetManifestResourceStream("workers.md")!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd().ReplaceLineEndings("\n").Split('\n');
    }

    [GeneratedRegex(@" \(\d+\)")]
    private static partial Regex Note();
}
