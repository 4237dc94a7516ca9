using System.Text.RegularExpressions;

namespace Orchestrator.Architecture.Tests;

/// <summary>The files of the repository, by their paths from its root, with <c>/</c> between the parts.</summary>
internal static partial class Repository
{
    private static readonly string[] NotOurs = ["artifacts", "bin", "obj", "BenchmarkDotNet.Artifacts"];

    public static string Root { get; } = FindRoot();

    /// <summary>Every file below a folder whose name ends so, but for what a build writes and for hidden folders.</summary>
    public static IEnumerable<string> Files(string folder, string ending) => Directory
        .EnumerateFiles(Path.Combine(Root, folder), "*" + ending, SearchOption.AllDirectories)
        .Select(path => Path.GetRelativePath(Root, path).Replace('\\', '/'))
        .Where(path => !path.Split('/')[..^1].Any(part => part.StartsWith('.') || NotOurs.Contains(part)))
        .Order(StringComparer.Ordinal);

    public static string Read(string path) => File.ReadAllText(Path.Combine(Root, path)).ReplaceLineEndings("\n");

    public static string[] ReadLines(string path) => File.ReadAllLines(Path.Combine(Root, path));

    /// <summary>The cells of the rows of every Markdown table of a document, without its header rows.</summary>
    public static IEnumerable<string[]> TableRows(string document)
    {
        var lines = ReadLines(document);
        return from line in lines.Where((line, i) => line.StartsWith('|') && !(i + 1 < lines.Length && TableRule().IsMatch(lines[i + 1])))
               where !TableRule().IsMatch(line)
               select line.Trim()[1..^1].Split('|').Select(cell => cell.Trim()).ToArray();
    }

    private static string FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Orchestrator.sln")))
            {
                return folder.FullName;
            }
        }

        throw new InvalidOperationException($"Orchestrator.sln is in no folder above {AppContext.BaseDirectory}.");
    }

    [GeneratedRegex(@"^\|[-| :]+\|\s*$")]
    private static partial Regex TableRule();
}
