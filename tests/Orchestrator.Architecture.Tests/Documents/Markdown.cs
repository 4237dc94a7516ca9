using System.Text.RegularExpressions;

namespace Orchestrator.Architecture.Tests.Documents;

/// <summary>A Markdown document, taken apart.</summary>
internal static partial class Markdown
{
    public static TheoryData<string> Documents { get; } = [.. Repository.Files(".", ".md")];

    /// <summary>The code blocks of a language, each with the line that it begins at.</summary>
    public static IEnumerable<(int Line, string Code)> CodeBlocks(string document, string language)
    {
        var lines = Repository.ReadLines(document);
        for (var i = 0; i < lines.Length; i++)
        {
            if (lines[i].StartsWith("```", StringComparison.Ordinal))
            {
                var end = Array.FindIndex(lines, i + 1, line => line.StartsWith("```", StringComparison.Ordinal));
                if (lines[i][3..].Trim() == language)
                {
                    yield return (i + 1, string.Join('\n', lines[(i + 1)..end]));
                }

                i = end;
            }
        }
    }

    /// <summary>The targets of links and pictures that are not on the web.</summary>
    public static IEnumerable<string> LocalLinks(string document) => Link()
        .Matches(Prose(document))
        .Select(match => match.Groups["target"].Value)
        .Where(target => !target.Contains("://", StringComparison.Ordinal));

    /// <summary>The source files and scripts that a document names in its text, by their whole path or its end.</summary>
    public static IEnumerable<string> NamedFiles(string document) =>
        NamedFile().Matches(Prose(document)).Select(match => match.Groups["path"].Value);

    /// <summary>The anchors of the headings of a document, as they are made from their text.</summary>
    public static HashSet<string> Anchors(string document)
    {
        var anchors = new HashSet<string>(StringComparer.Ordinal);
        foreach (Match heading in Heading().Matches(Prose(document)))
        {
            var anchor = NotInAnchor().Replace(heading.Groups["text"].Value.Trim().ToLowerInvariant(), "").Replace(' ', '-');
            for (var (unique, i) = (anchor, 1); !anchors.Add(unique); i++)
            {
                unique = $"{anchor}-{i}";
            }
        }

        return anchors;
    }

    private static string Prose(string document) => Code().Replace(Repository.Read(document), "");

    [GeneratedRegex(@"^```.*?^```\s*$|<!--.*?-->", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Code();

    [GeneratedRegex(@"\]\((?<target>[^()\s]+)\)|^\[[^\]]+\]:\s*(?<target>\S+)", RegexOptions.Multiline)]
    private static partial Regex Link();

    [GeneratedRegex(@"`(\./)?(?<path>[\w./-]+\.(cs|csproj|sh|txt|props))`")]
    private static partial Regex NamedFile();

    [GeneratedRegex(@"^#{1,6} (?<text>.+)$", RegexOptions.Multiline)]
    private static partial Regex Heading();

    [GeneratedRegex(@"[^\p{L}\p{N} _-]")]
    private static partial Regex NotInAnchor();
}
