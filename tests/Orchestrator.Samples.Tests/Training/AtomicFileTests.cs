using Orchestrator.Samples.Quickstart.Training;

namespace Orchestrator.Samples.Tests.Training;

public sealed class AtomicFileTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("orchestrator-files-");

    private string Target => Path.Combine(_folder.FullName, "file");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void ReplacesTheWholeContent()
    {
        AtomicFile.Write(Target, stream => stream.Write("long old content"u8));
        AtomicFile.Write(Target, stream => stream.Write("new"u8));

        Assert.Equal("new", File.ReadAllText(Target));
    }

    [Fact]
    public void AWriteThatStopsHalfwayLeavesTheOldContent()
    {
        AtomicFile.Write(Target, stream => stream.Write("old"u8));

        Assert.Throws<IOException>(() => AtomicFile.Write(Target, stream =>
        {
            stream.Write("ne"u8);
            stream.Flush();
            throw new IOException("No space left on the device.");
        }));

        Assert.Equal("old", File.ReadAllText(Target));
    }

    [Fact]
    public void TheOldContentIsThereUntilTheNewIsComplete()
    {
        AtomicFile.Write(Target, stream => stream.Write("old"u8));

        AtomicFile.Write(Target, stream =>
        {
            stream.Write("new"u8);
            stream.Flush();
            Assert.Equal("old", File.ReadAllText(Target));
        });

        Assert.Equal("new", File.ReadAllText(Target));
    }
}
