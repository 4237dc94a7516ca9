using System.Text.RegularExpressions;

namespace Orchestrator.Core.Tests.Runs;

/// <summary>The tables of <c>docs/lifecycle.md</c>.</summary>
internal static partial class LifecycleDocument
{
    /// <summary>The rows of the first table below a heading: where each name of the first column may go. <c>(none)</c> is an empty name.</summary>
    public static IEnumerable<(string From, string To)> PairsBelow(string heading)
    {
        var names = Name();
        foreach (var row in RowsBelow(heading))
        {
            var cells = row.Split('|');
            string[] from = cells[1].Contains("(none)", StringComparison.Ordinal) ? [""] : [.. names.Matches(cells[1]).Select(match => match.Groups[1].Value)];
            Assert.NotEmpty(from);
            foreach (var pair in from.SelectMany(one => names.Matches(cells[2]).Select(match => (one, match.Groups[1].Value))))
            {
                yield return pair;
            }
        }
    }

    private static string[] RowsBelow(string heading)
    {
        using var stream = typeof(LifecycleDocument).Assembly.GetManifestResourceStream("lifecycle.md")!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd().ReplaceLineEndings("\n").Split('\n')
            .SkipWhile(line => line != heading)
            .SkipWhile(line => !line.StartsWith('|'))
            .TakeWhile(line => line.StartsWith('|'))
            .Skip(2)
            .ToArray();
    }

    [GeneratedRegex("`([a-z_]+)`")]
    private static partial Regex Name();
}
