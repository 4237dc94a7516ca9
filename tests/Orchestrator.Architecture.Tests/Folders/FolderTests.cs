using Orchestrator.Architecture.Tests.Packages;

namespace Orchestrator.Architecture.Tests.Folders;

public sealed class FolderTests
{
    [Theory]
    [MemberData(nameof(Package.Names), MemberType = typeof(Package))]
    public void Folders_of_a_package_do_not_depend_on_each_other_in_a_circle(string package)
    {
        var circle = new FolderGraph(package).FindCircle();
        Assert.True(circle.Count == 0, string.Join('\n', circle) + "\n\n" + new FolderGraph(package));
    }

    [Theory]
    [MemberData(nameof(Package.Names), MemberType = typeof(Package))]
    public void A_folder_is_named_after_what_it_is_about(string package)
    {
        string[] saysNothing = ["Common", "Core", "Extensions", "Helpers", "Internal", "Misc", "Models", "Shared", "Utilities", "Utils"];

        Assert.All(Package.Sources(package), source => Assert.DoesNotContain(source.Split('/')[2..^1], part => saysNothing.Contains(part)));
    }

    [Theory]
    [MemberData(nameof(Package.Names), MemberType = typeof(Package))]
    public void A_folder_can_be_looked_over(string package)
    {
        var wide = new Dictionary<string, int>
        {
            // The nouns of a run, a few lines each.
            ["Orchestrator.Abstractions/Runs"] = 24,
        };

        Assert.All(
            Package.Sources(package).GroupBy(Package.FolderOf),
            folder => Assert.InRange(folder.Count(), 0, wide.GetValueOrDefault($"{package}/{folder.Key}", 16)));
    }
}
