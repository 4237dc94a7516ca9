using System.Reflection;
using System.Text.RegularExpressions;
using Orchestrator.Architecture.Tests.Packages;

namespace Orchestrator.Architecture.Tests.Folders;

/// <summary>
/// Which folder of a package depends on which other: by the types that its compiled types name, and by its using directives, which
/// also tell of constants, of which the compiled code says nothing.
/// </summary>
internal sealed partial class FolderGraph
{
    private readonly SortedDictionary<string, SortedDictionary<string, string>> _reasons = new(StringComparer.Ordinal);

    public FolderGraph(string package)
    {
        var folders = FoldersByType(package);
        foreach (var type in Types(Package.Load(package)))
        {
            var from = folders[Key(Outermost(type))];
            foreach (var named in TypeReferences.Of(type).Where(named => named.Assembly == type.Assembly && folders.ContainsKey(Key(named))))
            {
                Add(from, folders[Key(named)], $"{Outermost(type).Name} names {named.Name}");
            }
        }

        foreach (var source in Package.Sources(package))
        {
            foreach (Match match in Using().Matches(Repository.Read(source)))
            {
                var named = match.Groups["space"].Value;
                var (space, from) = (match.Groups["static"].Success ? named[..named.LastIndexOf('.')] : named, Package.FolderOf(source));
                if (space.StartsWith(package + ".", StringComparison.Ordinal))
                {
                    Add(from, space[(package.Length + 1)..].Replace('.', '/'), $"{Path.GetFileName(source)} uses {space}");
                }
            }
        }
    }

    /// <summary>The folders on a circle, each with the reason why it depends on the next; empty when there is none.</summary>
    public IReadOnlyList<string> FindCircle()
    {
        var done = new HashSet<string>();
        var path = new List<string>();
        return _reasons.Keys.Select(Visit).FirstOrDefault(circle => circle.Count > 0) ?? [];

        IReadOnlyList<string> Visit(string folder)
        {
            if (path.IndexOf(folder) is >= 0 and var start)
            {
                string[] circle = [.. path[start..], folder];
                return [.. circle.Zip(circle[1..], (from, to) => $"{from} -> {to}: {_reasons[from][to]}")];
            }

            if (!done.Add(folder) || !_reasons.TryGetValue(folder, out var targets))
            {
                return [];
            }

            path.Add(folder);
            var found = targets.Keys.Select(Visit).FirstOrDefault(circle => circle.Count > 0) ?? [];
            path.RemoveAt(path.Count - 1);
            return found;
        }
    }

    public override string ToString() =>
        string.Join('\n', _reasons.Select(pair => $"{pair.Key} -> {string.Join(", ", pair.Value.Keys)}"));

    private void Add(string from, string to, string reason)
    {
        if (from != to)
        {
            if (!_reasons.TryGetValue(from, out var targets))
            {
                _reasons[from] = targets = new(StringComparer.Ordinal);
            }

            targets.TryAdd(to, reason);
        }
    }

    private static Dictionary<string, string> FoldersByType(string package)
    {
        var folders = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var source in Package.Sources(package))
        {
            var text = Repository.Read(source);
            var space = Namespace().Match(text).Groups["space"].Value;
            foreach (Match match in TypeDeclaration().Matches(text))
            {
                folders[$"{space}.{match.Groups["name"].Value}"] = Package.FolderOf(source);
            }
        }

        return folders;
    }

    private static IEnumerable<Type> Types(Assembly assembly) =>
        assembly.GetTypes().Where(type => Outermost(type).Namespace is { } space && !Outermost(type).Name.StartsWith('<') && IsOurs(space));

    // The compiler and the source generators of regular expressions and the like put types of their own into these.
    private static bool IsOurs(string space) =>
        !space.StartsWith("System.", StringComparison.Ordinal) && !space.StartsWith("Microsoft.CodeAnalysis", StringComparison.Ordinal);

    private static Type Outermost(Type type)
    {
        while (type.DeclaringType is { } outer)
        {
            type = outer;
        }

        return type;
    }

    private static string Key(Type type) => $"{type.Namespace}.{type.Name.Split('`')[0]}";

    [GeneratedRegex(@"^namespace (?<space>[\w.]+);", RegexOptions.Multiline)]
    private static partial Regex Namespace();

    [GeneratedRegex(@"^using (?<static>static )?(?<space>[\w.]+);", RegexOptions.Multiline)]
    private static partial Regex Using();

    [GeneratedRegex(@"^(public|internal) ([a-z]+ )*(class|struct|record|interface|enum|delegate \S+) (?<name>\w+)", RegexOptions.Multiline)]
    private static partial Regex TypeDeclaration();
}
