using System.Reflection;

namespace Orchestrator.Architecture.Tests.Packages;

/// <summary>The packages in <c>src</c>.</summary>
internal static class Package
{
    public static TheoryData<string> Names { get; } = [.. Directory
        .EnumerateDirectories(Path.Combine(Repository.Root, "src"))
        .Select(folder => Path.GetFileName(folder))
        .Order(StringComparer.Ordinal)];

    public static Assembly Load(string package) => Assembly.Load(package);

    public static IEnumerable<string> Sources(string package) => Repository.Files($"src/{package}", ".cs");

    /// <summary>The folder of a source file inside its package; empty for the package's own.</summary>
    public static string FolderOf(string source) => string.Join('/', source.Split('/')[2..^1]);
}
