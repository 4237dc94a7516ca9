namespace Orchestrator.Architecture.Tests.Documents;

public sealed class LinkTests
{
    [Theory]
    [MemberData(nameof(Markdown.Documents), MemberType = typeof(Markdown))]
    public void A_link_inside_the_repository_leads_somewhere(string document) => Assert.All(Markdown.LocalLinks(document), link =>
    {
        var (path, anchor) = link.Split('#') is [var file, var heading] ? (file, heading) : (link, null);
        var target = path.Length == 0 ? document : Path.GetRelativePath(Repository.Root, Path.Combine(Repository.Root, Path.GetDirectoryName(document)!, path));
        Assert.True(Path.Exists(Path.Combine(Repository.Root, target)), $"{document} links to {link}, which does not exist.");
        if (anchor is not null)
        {
            Assert.True(Markdown.Anchors(target).Contains(anchor), $"{document} links to {link}; {target} has no such heading.");
        }
    });

    [Theory]
    [MemberData(nameof(Markdown.Documents), MemberType = typeof(Markdown))]
    public void A_file_that_a_document_names_exists(string document)
    {
        var files = Repository.Files(".", "").ToArray();

        Assert.All(Markdown.NamedFiles(document), name => Assert.True(
            files.Any(file => file == name || file.EndsWith("/" + name, StringComparison.Ordinal) || file.EndsWith("." + name, StringComparison.Ordinal)),
            $"{document} names {name}, which does not exist."));
    }

    [Fact]
    public void Every_document_is_linked_to_from_another()
    {
        var linked = Markdown.Documents
            .SelectMany(row => Markdown.LocalLinks(row.Data).Select(link => Path.Combine(Repository.Root, Path.GetDirectoryName(row.Data)!, link.Split('#')[0])))
            .Select(path => Path.GetRelativePath(Repository.Root, path).Replace('\\', '/'))
            .ToHashSet();

        Assert.All(Repository.Files("docs", ".md"), document => Assert.True(
            linked.Contains(document) || linked.Contains(Path.GetDirectoryName(document)!.Replace('\\', '/')), document));
    }
}
