using System.Text.RegularExpressions;

namespace Orchestrator.Samples.Tests.Tables;

/// <summary>The tables of <c>docs/workers.md</c>.</summary>
internal static partial class MarkdownTable
{
    /// <summary>Reads the first table under a heading, without the numbers of its notes.</summary>
    /// <param name="heading">The heading, with its number signs.</param>
    /// <returns>The cells by the first cell of their row and the head of their column.</returns>
    public static IReadOnlyDictionary<(string Row, string Column), string> Read(string heading)
    {
        var rows = Lines()
            .SkipWhile(line => line != heading)
            .SkipWhile(line => !line.StartsWith('|'))
            .TakeWhile(line => line.StartsWith('|'))
            .Select(line => line.Trim()[1..^1].Split('|').Select(cell => Note().Replace(cell, "").Trim()).ToArray())
            .ToList();
        var cells = from row in rows.Skip(2)
                    from column in Enumerable.Range(1, rows[0].Length - 1)
                    select (Place: (row[0], rows[0][column]), Text: row[column]);
        return cells.ToDictionary(one => one.Place, one => one.Text);
    }

    private static string[] Lines()
    {
        using var stream = typeof(MarkdownTable).Assembly.GetManifestResourceStream("workers.md")!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd().ReplaceLineEndings("\n").Split('\n');
    }

    [GeneratedRegex(@" \(\d+\)")]
    private static partial Regex Note();
}
