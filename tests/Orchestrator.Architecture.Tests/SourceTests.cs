using System.Text.RegularExpressions;
using Orchestrator.Architecture.Tests.Packages;

namespace Orchestrator.Architecture.Tests;

public sealed partial class SourceTests
{
    [Theory]
    [MemberData(nameof(Package.Names), MemberType = typeof(Package))]
    public void A_file_is_one_idea_and_short(string package) =>
        Assert.All(Package.Sources(package), source => Assert.InRange(Repository.ReadLines(source).Length, 1, 300));

    [Theory]
    [MemberData(nameof(Package.Names), MemberType = typeof(Package))]
    public void Nothing_is_left_to_be_done_later_and_no_thread_sleeps(string package) =>
        Assert.All(Package.Sources(package), source => Assert.DoesNotMatch(Unfinished(), Repository.Read(source)));

    [Fact]
    public void Every_project_is_part_of_the_solution()
    {
        var solution = Repository.Read("Orchestrator.sln").Replace('\\', '/');

        Assert.All(Repository.Files(".", ".csproj"), project => Assert.Contains($"\"{project}\"", solution, StringComparison.Ordinal));
    }

    [GeneratedRegex(@"\b(TODO|FIXME|HACK|XXX)\b|NotImplementedException|Thread\.Sleep")]
    private static partial Regex Unfinished();
}
